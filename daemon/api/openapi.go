package api

import (
	_ "embed"
	"net/http"
)

// document describes the API in the language of OpenAPI 3.1.
//
//go:embed openapi.json
var document []byte

func (s *service) openapi(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(document)
}
