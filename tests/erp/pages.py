"""Asking for pages in tests."""


def get(client, user, url, *, htmx=False, language="zh-hans", **query):
    """The answer to GET `url` as `user`, as a page or as an htmx fragment."""
    if user is not None:
        client.force_login(user)
    client.cookies["django_language"] = language
    headers = {"HX-Request": "true"} if htmx else {}
    return client.get(url, query, headers=headers)
