"""Addresses of what handles many purchases: bills of materials, bulk deeds, late arrivals, kits, tiles."""

from django.urls import path

from procurement.views import bom, bulk, kits, late, tiles

LISTS = [
    path("procurement/late/", late.late, name="late"),
    path("procurement/order/", bulk.bulk_order, name="bulk_order"),
    path("procurement/arrive/", bulk.bulk_arrive, name="bulk_arrive"),
    path("contracts/<int:pk>/procurement/bom/", bom.bom, name="bom"),
    path("contracts/<int:pk>/procurement/bom/<int:job>/", bom.bom_job, name="bom_job"),
    path("contracts/<int:pk>/procurement/kits/", kits.kits, name="kits"),
    path("tiles/arrivals/", tiles.tile_trend, name="tile_trend"),
    path("tasks/<int:pk>/kit/", kits.task_kit, name="task_kit"),
]
