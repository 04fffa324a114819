package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	textBytesMax = 2000
	timeout      = 20 * time.Second
)

// spec is one line of the file of requests.
type spec struct {
	method, path string
	headers      http.Header
	trailers     http.Header
	options      map[string]string
}

func parse(line string) spec {
	words := strings.Fields(line)
	s := spec{words[0], words[1], http.Header{}, http.Header{}, map[string]string{}}
	for _, word := range words[2:] {
		key, value, _ := strings.Cut(word, "=")
		name, text, _ := strings.Cut(value, ":")
		switch key {
		case "header":
			s.headers.Add(name, text)
		case "trailer":
			s.trailers.Add(name, text)
		default:
			s.options[key] = value
		}
	}
	return s
}

func (s spec) has(key string) bool {
	_, found := s.options[key]
	return found
}

func (s spec) number(key string, otherwise int) int {
	if n, err := strconv.Atoi(s.options[key]); err == nil {
		return n
	}
	return otherwise
}

// result is what the test reads.
type result struct {
	Done      int               `json:"done"`
	Failed    int               `json:"failed"`
	Error     string            `json:"error"`
	Status    int               `json:"status"`
	Version   string            `json:"version"`
	Headers   map[string]string `json:"headers"`
	Trailers  map[string]string `json:"trailers"`
	Interim   []int             `json:"interim"`
	Continued bool              `json:"continued"`
	Bytes     int               `json:"bytes"`
	Sha256    string            `json:"sha256"`
	Body      string            `json:"body"`
	Close     bool              `json:"close"`
}

func lowered(headers http.Header) map[string]string {
	all := map[string]string{}
	for name, values := range headers {
		all[strings.ToLower(name)] = strings.Join(values, ", ")
	}
	return all
}

// ask sends one request, and writes down what came back.
func ask(client *http.Client, address string, s spec, r *result) error {
	var body io.Reader
	if s.has("body") {
		body = bytes.NewReader(pattern(s.number("body", 0)))
		if s.has("chunked") {
			body = struct{ io.Reader }{body} // Of unknown length to the library.
		}
	}
	request, err := http.NewRequest(s.method, "http://"+address+s.path, body)
	if err != nil {
		return err
	}
	request.Header = s.headers.Clone()
	if len(s.trailers) > 0 {
		request.Trailer = s.trailers
	}
	if s.has("expect") {
		request.Header.Set("Expect", "100-continue")
	}
	r.Continued, r.Interim = false, []int{}
	request = request.WithContext(httptrace.WithClientTrace(context.Background(), &httptrace.ClientTrace{
		Got100Continue: func() { r.Continued = true },
		Got1xxResponse: func(code int, _ textproto.MIMEHeader) error {
			r.Interim = append(r.Interim, code)
			return nil
		},
	}))
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	received, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	r.Status = response.StatusCode
	r.Version = fmt.Sprintf("%d.%d", response.ProtoMajor, response.ProtoMinor)
	r.Headers, r.Trailers = lowered(response.Header), lowered(response.Trailer)
	r.Bytes, r.Sha256, r.Close = len(received), checksum(received), response.Close
	if r.Body = ""; len(received) <= textBytesMax {
		r.Body = string(received)
	}
	if r.Status >= 502 && r.Status <= 504 {
		return fmt.Errorf("status %d", r.Status)
	}
	return nil
}

// repeat sends the requests of one connection.
func repeat(address string, s spec, index, count int) result {
	client := &http.Client{
		Transport: &http.Transport{
			DisableCompression:    true,
			ExpectContinueTimeout: timeout,
			MaxConnsPerHost:       1,
		},
		Timeout: timeout,
	}
	defer client.CloseIdleConnections()
	pause := time.Duration(s.number("gap", 0)*1000+s.number("spread", 0)*1000*index/count) * time.Microsecond
	var r result
	for round := 0; round < s.number("times", 1); round++ {
		if round > 0 {
			time.Sleep(pause)
		}
		if err := ask(client, address, s, &r); err != nil {
			r.Failed++
			if r.Error == "" {
				r.Error = err.Error()
			}
		}
		r.Done++
	}
	return r
}

func run(address, line string) result {
	s := parse(line)
	results := make([]result, s.number("connections", 1))
	var group sync.WaitGroup
	for i := range results {
		group.Add(1)
		go func(i int) {
			defer group.Done()
			results[i] = repeat(address, s, i, len(results))
		}(i)
	}
	group.Wait()
	total := results[0]
	for _, other := range results[1:] {
		total.Done += other.Done
		total.Failed += other.Failed
		if total.Error == "" {
			total.Error = other.Error
		}
	}
	return total
}

func call(address, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		text, err := json.Marshal(run(address, lines.Text()))
		if err != nil {
			return err
		}
		fmt.Println(string(text))
	}
	return lines.Err()
}
