package main

import (
	"fmt"
	"io"
	"net/http"
	"sort"
	"strconv"
	"strings"
	"time"
)

// fields prints headers as "name: value" lines, or with another separator and end.
func fields(headers http.Header, separator, end string) string {
	names := make([]string, 0, len(headers))
	for name := range headers {
		names = append(names, name)
	}
	sort.Strings(names)
	var text strings.Builder
	for i, name := range names {
		if i > 0 {
			text.WriteString(end)
		}
		text.WriteString(strings.ToLower(name) + separator + strings.Join(headers[name], ", "))
	}
	return text.String()
}

func answer(w http.ResponseWriter, body []byte) {
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.Write(body)
}

func answerInChunks(w http.ResponseWriter, body []byte) {
	for start := 0; start < len(body); start += 10000 {
		end := start + 10000
		if end > len(body) {
			end = len(body)
		}
		w.Write(body[start:end])
		w.(http.Flusher).Flush()
	}
}

func handle(w http.ResponseWriter, r *http.Request) {
	word, argument, _ := strings.Cut(r.URL.Path[1:], "/")
	size, _ := strconv.Atoi(argument)
	if word == "refuse" {
		w.Header().Set("Connection", "close")
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		return // Unread, so that no 100 is sent.
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	switch word {
	case "hello":
		answer(w, []byte("hello from go\n"))
	case "echo":
		w.Header().Set("X-Request-Trailers", fields(r.Trailer, ":", ","))
		if r.ContentLength >= 0 || r.ProtoMinor == 0 {
			answer(w, body)
		} else {
			answerInChunks(w, body)
		}
	case "headers":
		line := fmt.Sprintf("%s %s %s\n", r.Method, r.URL.Path, r.Proto)
		answer(w, []byte(line+fields(r.Header, ": ", "\n")))
	case "status":
		w.WriteHeader(size)
	case "bytes":
		answer(w, pattern(size))
	case "chunks":
		answerInChunks(w, pattern(size))
	case "trailers":
		w.Header().Set("Trailer", "X-Checksum")
		answerInChunks(w, pattern(size))
		w.Header().Set("X-Checksum", checksum(pattern(size)))
	case "hop":
		w.Header().Set("Connection", "x-hop")
		w.Header().Set("X-Hop", "1")
		w.Header().Set("Keep-Alive", "timeout=1")
		w.Header().Set("X-End", "2")
		answer(w, []byte("hop\n"))
	case "close":
		w.Header().Set("Connection", "close")
		answer(w, []byte("closing\n"))
	case "interim":
		w.Header().Set("Link", "</style.css>; rel=preload")
		w.WriteHeader(http.StatusEarlyHints)
		answer(w, []byte("hinted\n"))
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

func serve(port, keepAliveSeconds string) error {
	idle, err := time.ParseDuration(keepAliveSeconds + "s")
	if err != nil {
		return err
	}
	server := &http.Server{Addr: "0.0.0.0:" + port, IdleTimeout: idle, Handler: http.HandlerFunc(handle)}
	return server.ListenAndServe()
}
