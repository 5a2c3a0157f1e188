from django.urls import path

from contracts.views import history, lists, notify, pages, portal, steps, team, tiles

app_name = "contracts"
urlpatterns = [
    path("contracts/", lists.contract_list, name="list"),
    path("contracts/new/", pages.contract_new, name="new"),
    path("contracts/tiles/pipeline/", tiles.tile_pipeline, name="tile_pipeline"),
    path("contracts/tiles/trend/", tiles.tile_trend, name="tile_trend"),
    path("contracts/<int:pk>/", pages.contract_detail, name="detail"),
    path("contracts/<int:pk>/edit/", pages.contract_edit, name="edit"),
    path("contracts/<int:pk>/note/", pages.contract_note, name="note"),
    path("contracts/<int:pk>/release_plan/", steps.contract_release_plan, name="release_plan"),
    path("contracts/<int:pk>/deliver/", steps.contract_deliver, name="deliver"),
    path("contracts/<int:pk>/archive/", steps.contract_archive, name="archive"),
    path("contracts/<int:pk>/reopen/", steps.contract_reopen, name="reopen"),
    path("contracts/<int:pk>/cancel/", steps.contract_cancel, name="cancel"),
    path("contracts/<int:pk>/history/", history.contract_history, name="history"),
    path("contracts/<int:pk>/notify/", notify.contract_notify, name="notify"),
    path("contracts/<int:pk>/notify/robots/", notify.contract_robots_set, name="robots"),
    path("contracts/<int:pk>/team/", team.contract_team, name="team"),
    path("contracts/<int:pk>/team/add/", team.member_add, name="member_add"),
    path("contracts/<int:pk>/team/manager/", team.contract_manager, name="manager"),
    path("contracts/<int:pk>/team/<int:member>/", team.member_duty, name="member_duty"),
    path("contracts/<int:pk>/team/<int:member>/remove/", team.member_remove, name="member_remove"),
    path("portal/", portal.portal_list, name="portal"),
    path("portal/contracts/<int:pk>/", portal.portal_contract, name="portal_contract"),
    path("portal/contracts/<int:pk>/confirm_delivery/", portal.confirm_delivery, name="confirm_delivery"),
]
