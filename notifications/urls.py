from django.urls import path

from notifications import views

app_name = "notifications"
urlpatterns = [
    path("notifications/", views.inbox, name="inbox"),
    path("notifications/<int:pk>/open/", views.open, name="open"),
    path("notifications/tile/", views.tile_inbox, name="tile_inbox"),
    path("notifications/read/", views.read, name="read"),
]
