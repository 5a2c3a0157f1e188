from django.urls import path

from documents.views import actions, content, document, listing, uploads, viewer

app_name = "documents"
urlpatterns = [
    path("contracts/<int:pk>/documents/", listing.contract_documents, name="documents"),
    path("contracts/<int:pk>/documents/upload/", uploads.contract_upload, name="upload"),
    path("contracts/<int:pk>/documents/panel/", listing.panel, name="panel"),
    path("portal/contracts/<int:pk>/documents/", listing.portal_panel, name="portal_panel"),
    path("documents/on/<str:label>/<int:pk>/", listing.anchored, name="anchored"),
    path("documents/<int:pk>/", document.document, name="document"),
    path("documents/<int:pk>/version/", uploads.new_version, name="version"),
    path("documents/<int:pk>/edit/", actions.edit, name="edit"),
    path("documents/<int:pk>/checkout/", actions.check_out, name="checkout"),
    path("documents/<int:pk>/checkin/", actions.check_in, name="checkin"),
    path("documents/<int:pk>/remove/", actions.remove, name="remove"),
    path("documents/<int:pk>/restore/", actions.restore, name="restore"),
    path("documents/<int:pk>/restore-version/<int:n>/", actions.restore_version, name="restore_version"),
    path("documents/<int:pk>/share/", actions.share, name="share"),
    path("documents/<int:pk>/unshare/<int:share>/", actions.unshare, name="unshare"),
    path("documents/<int:pk>/unlink/<int:link>/", actions.unlink, name="unlink"),
    path("documents/<int:pk>/publish/", actions.publish, name="publish"),
    path("documents/<int:pk>/unpublish/", actions.unpublish, name="unpublish"),
    path("documents/<int:pk>/v/<int:n>/release/", actions.release, name="release"),
    path("documents/<int:pk>/v/<int:number>/preview/", viewer.preview, name="preview"),
    path("documents/<int:pk>/v/<int:number>/preview/retry/", viewer.preview_retry, name="preview_retry"),
    path("documents/<int:pk>/v/<int:number>/compare/", viewer.compare, name="compare"),
    path("documents/<int:pk>/v/<int:number>/content/", content.content, name="content"),
    path("documents/<int:pk>/v/<int:number>/page/<int:page>/", content.page_image, name="page"),
    path("documents/<int:pk>/v/<int:number>/download/", content.download, name="download"),
]
