from django.urls import URLPattern

app_name = "orgchart"
urlpatterns: list[URLPattern] = []
