// The start of a weather API, with nothing but the standard library.
//
// It answers the health path and says 404 to the rest. Replace any of it: another framework, other files, another
// language. The checks see only what goes over the wire.
package main

import (
	"encoding/json"
	"log"
	"net"
	"net/http"
	"os"
)

func main() {
	address := net.JoinHostPort(setting("HOST", "127.0.0.1"), setting("PORT", "8000"))
	// WEATHER_URL and WEATHER_KEY are in the environment too: you will need them for /weather/{city}.
	http.HandleFunc("/", serve)
	log.Fatal(http.ListenAndServe(address, nil))
}

func serve(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet && r.URL.Path == "/healthz" {
		answer(w, http.StatusOK, "application/json", map[string]any{"status": "ok"})
		return
	}
	problem(w, http.StatusNotFound, "There is nothing here.")
}

func problem(w http.ResponseWriter, status int, title string) {
	answer(w, status, "application/problem+json", map[string]any{"title": title, "status": status})
}

func answer(w http.ResponseWriter, status int, contentType string, body any) {
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body)
}

func setting(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}
