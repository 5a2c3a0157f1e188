from django.urls import path

from procurement.urls_lists import LISTS
from procurement.views import deeds, items, suppliers

app_name = "procurement"
urlpatterns = [
    *LISTS,
    path("contracts/<int:pk>/procurement/", items.contract_items, name="items"),
    path("contracts/<int:pk>/procurement/new/", items.new, name="new"),
    path("contracts/<int:pk>/procurement/prices/", items.prices, name="prices"),
    path("procurement/", items.all_items, name="list"),
    path("procurement/suppliers/", suppliers.supplier_list, name="suppliers"),
    path("procurement/suppliers/new/", suppliers.supplier_new, name="supplier_new"),
    path("procurement/suppliers/<int:pk>/", suppliers.supplier, name="supplier"),
    path("procurement/suppliers/<int:pk>/edit/", suppliers.supplier_edit, name="supplier_edit"),
    path("procurement/<int:pk>/", items.item, name="item"),
    path("procurement/<int:pk>/edit/", items.edit, name="edit"),
    path("procurement/<int:pk>/order/", deeds.order, name="order"),
    path("procurement/<int:pk>/ship/", deeds.ship, name="ship"),
    path("procurement/<int:pk>/promise/", deeds.promise, name="promise"),
    path("procurement/<int:pk>/arrive/", deeds.arrive, name="arrive"),
    path("procurement/<int:pk>/cancel/", deeds.cancel, name="cancel"),
    path("procurement/arrivals/<int:pk>/take-back/", deeds.take_back, name="take_back_arrival"),
]
