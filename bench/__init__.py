"""How much processor time a page costs, compared with the cheapest page that shows fifty rows.

`python -m bench` builds a site in a temporary folder, fills it through `erp.volume`, and asks each
page through the whole WSGI stack. Times are CPU milliseconds (web and SQLite), medians.
"""
