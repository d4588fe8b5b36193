// The start of a REST API, with nothing but the standard library.
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

// DATABASE_URL is in the environment too: you will need it from stage 2 on.
func setting(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}

func answer(w http.ResponseWriter, status int, body any, mediaType string) {
	w.Header().Set("Content-Type", mediaType)
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(body); err != nil {
		log.Print(err)
	}
}

func problem(w http.ResponseWriter, status int, title string) {
	answer(w, status, map[string]any{"title": title, "status": status}, "application/problem+json")
}

func main() {
	mux := http.NewServeMux()
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, r *http.Request) {
		answer(w, http.StatusOK, map[string]string{"status": "ok"}, "application/json")
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		problem(w, http.StatusNotFound, "There is nothing here.")
	})
	address := net.JoinHostPort(setting("HOST", "127.0.0.1"), setting("PORT", "8000"))
	log.Fatal(http.ListenAndServe(address, mux))
}
