// The HTTP server and client of ../../README.md on Go's net/http.
//
//	go_http serve PORT KEEP_ALIVE_SECONDS
//	go_http call HOST:PORT REQUESTS_FILE
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
)

// pattern is what bodies are made of.
func pattern(size int) []byte {
	letters := []byte("abcdefghijklmnopqrstuvwxyz")
	return bytes.Repeat(letters, size/len(letters)+1)[:size]
}

func checksum(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

func main() {
	var err error
	switch {
	case len(os.Args) == 4 && os.Args[1] == "serve":
		err = serve(os.Args[2], os.Args[3])
	case len(os.Args) == 4 && os.Args[1] == "call":
		err = call(os.Args[2], os.Args[3])
	default:
		err = fmt.Errorf("serve or call, and two arguments more")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
