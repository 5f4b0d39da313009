package serve

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"time"
)

// A client that takes nothing of its reply is given up, whatever the reply is; one that reads has all of it.
func TestClientsThatDoNotRead(t *testing.T) {
	const large = 64 << 20 // more than lies in buffers on the way
	p := newPage(t, newRun(t, nil), func(o *Options) {
		o.Patience = time.Second
		o.Draw = func(_ context.Context, _ Drawing, out io.Writer) error {
			_, err := out.Write(make([]byte, large))
			return err
		}
	})
	const path = "/api/runs/0/picture?kind=manifold"
	if body := p.get(path); len(body) != large {
		t.Errorf("%d bytes", len(body))
	}
	c, err := net.Dial("tcp", p.http.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", path, c.RemoteAddr())
	for p.server.busy.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	for p.server.busy.Load() > 0 { // else the test has no end
		time.Sleep(time.Millisecond)
	}
	if n, _ := io.Copy(io.Discard, c); n >= large { // hung up
		t.Errorf("%d bytes came all the same", n)
	}
}

// The deadline of a connection is that of its last request: those before do not end it.
func TestDeadlinesAreOfOneRequest(t *testing.T) {
	p := newPage(t, newRun(t, nil), func(o *Options) { o.Patience = time.Second / 2 })
	for range 2 {
		p.get("/api/runs/0")
		status, _, _ := p.ask("GET", "/api/runs/9", nil, nil)
		if status != http.StatusNotFound {
			t.Errorf("%d", status)
		}
		time.Sleep(600 * time.Millisecond)
	}
}

// Beyond so many requests at once some are told to come again, whatever they ask for.
func TestFloodOfReplies(t *testing.T) {
	p := newPage(t, newRun(t, nil), nil)
	p.server.busy.Add(mostAnswered)
	for _, path := range []string{"/", "/api/runs", "/api/runs/0/points?map=pca"} {
		p.refused("GET", path, nil, http.StatusTooManyRequests, "too many requests")
	}
	p.server.busy.Add(-mostAnswered)
	if n := p.server.busy.Load(); n != 0 || !bytes.Contains(p.get("/"), []byte("<")) {
		t.Errorf("%d are answered", n)
	}
}

// What clients send slowly, and do not take, takes so much memory and no more.
func TestFloodOfBytes(t *testing.T) {
	p := newPage(t, newRun(t, nil), nil)
	z := appendFloats(nil, make([]float32, testLatent))
	p.server.held.Add(mostHeld)
	p.refused("GET", "/api/runs", nil, http.StatusTooManyRequests, "too many requests")
	p.refused("POST", "/api/runs/0/decode", z, http.StatusTooManyRequests, "too many requests")
	p.server.held.Add(-mostHeld)
	p.post("/api/runs/0/decode", z)
	p.get("/api/runs")
	p.server.held.Add(mostHeld - mostUploaded/2)
	endless := func(q *http.Request) { q.ContentLength = -1 } // it may send all that may be sent
	if status, _, _ := p.ask("POST", "/api/runs/0/decode", z, endless); status != http.StatusTooManyRequests {
		t.Errorf("a body without a length: %d", status)
	}
	p.post("/api/runs/0/decode", z)
	p.server.held.Add(mostUploaded/2 - mostHeld)
	if n := p.server.held.Load(); n != 0 {
		t.Errorf("%d bytes are held", n)
	}
}

// A panic is told as a fault, in a line, and nothing is left locked behind it.
func TestPanicsAreFaults(t *testing.T) {
	r, logged := newRun(t, nil), make(chan string, 9)
	p := newPage(t, r, func(o *Options) {
		o.Log = func(text string) { logged <- text }
		o.Draw = func(context.Context, Drawing, io.Writer) error { panic("a page of a file that is gone") }
	})
	for range 2 {
		p.refused("GET", "/api/runs/0/picture?kind=manifold", nil, http.StatusInternalServerError, "a page of a file that is gone")
		if text := <-logged; text != "GET /api/runs/0/picture: a page of a file that is gone" {
			t.Errorf("%q", text)
		}
	}
	set := r.split.Set
	labels := set.Labels
	set.Labels = labels[:3] // a map that panics
	p.refused("GET", "/api/runs/0/points?map=lda", nil, http.StatusUnprocessableEntity, "index out of range")
	set.Labels = labels
	p.get("/api/runs/0/points?map=pca")
}
