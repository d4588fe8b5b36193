// The start of a shop, with nothing but the standard library.
//
// It answers the health path and says 404 to the rest. Replace any of it: another router, other files, another language.
// The checks see only what goes over the wire.
package main

import (
	"encoding/json"
	"log"
	"net"
	"net/http"
	"os"
)

// DATA_DIR, PAYMENTS_URL, PAYMENTS_KEY and PAYMENTS_WEBHOOK_SECRET are in the environment too.
func setting(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}

func answer(w http.ResponseWriter, status int, kind string, body any) {
	data, err := json.Marshal(body)
	if err != nil {
		log.Print(err)
		status, data = http.StatusInternalServerError, []byte(`{"title":"Something went wrong.","status":500}`)
	}
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(status)
	_, _ = w.Write(data)
}

func problem(w http.ResponseWriter, status int, title string) {
	answer(w, status, "application/problem+json", map[string]any{"title": title, "status": status})
}

func main() {
	mux := http.NewServeMux()
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, r *http.Request) {
		answer(w, http.StatusOK, "application/json", map[string]string{"status": "ok"})
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		problem(w, http.StatusNotFound, "There is nothing here.")
	})
	address := net.JoinHostPort(setting("HOST", "127.0.0.1"), setting("PORT", "8000"))
	log.Fatal(http.ListenAndServe(address, mux))
}
