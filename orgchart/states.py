"""Deeds in the organisation that apps above react to (sent as `erp.workflow.advanced`)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from erp.workflow import Transition

#: Something that rights are derived from has changed: a function right, the finance switch, a
#: person's account, a department's function, a company's group. The object says how far it reaches.
RIGHTS_CHANGED = Transition("change_rights", (), "", _("Change rights"))
LEADER_NAMED = Transition("name_leader", (), "", _("Name department leader"))
ROLE_CHANGED = Transition("change_role", (), "", _("Change role"))
PASSWORD_RESET = Transition("reset_password", (), "", _("Set new password"))
#: Somebody who has signed in before does so from where they never did lately.
NEW_PLACE = Transition("sign_in", (), "", _("Sign in"))
