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
