"""The product's addresses and the floor."""

from django.urls import include, path

from bench.floor import floor, shell

urlpatterns = [
    path("bench/floor/", floor),
    path("bench/shell/", shell),
    path("", include("erp.urls")),
]
