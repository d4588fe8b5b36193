// The start of a blog, with nothing but the standard library.
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
	// DATA_DIR, OPENAI_BASE_URL and OPENAI_API_KEY are in the environment too: you will need them from stage 1 on.
	http.HandleFunc("/", serve)
	log.Fatal(http.ListenAndServe(address, nil))
}

func serve(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet && r.URL.Path == "/healthz" {
		answer(w, http.StatusOK, map[string]any{"status": "ok"})
		return
	}
	refuse(w, http.StatusNotFound, "path", "not found")
}

// refuse answers in Conduit's form.
func refuse(w http.ResponseWriter, status int, what, why string) {
	answer(w, status, map[string]any{"errors": map[string][]string{what: {why}}})
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body)
}

func setting(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}
