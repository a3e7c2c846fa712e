package api

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"

	"github.com/a-h/templ"
)

// WritePage answers with a page, which browsers are not to keep.
func WritePage(w http.ResponseWriter, status int, page templ.Component, log *slog.Logger) {
	var b bytes.Buffer
	if err := page.Render(context.Background(), &b); err != nil {
		log.Error("a page could not be made", "error", err)
		http.Error(w, "this page could not be made; the daemon's log says why", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = b.WriteTo(w)
}
