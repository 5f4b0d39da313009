package serve

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
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

// piped is a listener whose connections are pipes, in the time of a test.
type piped chan net.Conn

func (l piped) Accept() (net.Conn, error) {
	c, ok := <-l
	if !ok {
		return nil, net.ErrClosed
	}
	return c, nil
}
func (l piped) Close() error   { return nil }
func (l piped) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80} }

// paced runs a test in a time of its own, of a server that gives size bytes for a GET, after a while, and how many have come for a POST.
func paced(t *testing.T, test func(t *testing.T, s *Server, dial func(request string) net.Conn)) {
	synctest.Test(t, func(t *testing.T) {
		s := &Server{options: Options{Log: func(text string) { t.Error(text) }}}
		l := make(piped)
		h := NewHTTP(s.paced(s.answered(func(r *http.Request) (reply, error) {
			if r.Method == http.MethodPost {
				body, err := io.ReadAll(r.Body)
				return reply{kind: "text/plain", body: fmt.Append(nil, len(body))}, err
			}
			size, err := number(r, "size", 0, 0, 1<<30)
			wait, _ := number(r, "wait", 0, 0, 1<<30)
			select {
			case <-r.Context().Done():
				return reply{}, r.Context().Err()
			case <-time.After(time.Duration(wait) * time.Second):
			}
			return reply{kind: "text/plain", body: make([]byte, size)}, err
		})))
		done := make(chan error)
		go func() { done <- h.Serve(l) }()
		var all []net.Conn
		test(t, s, func(request string) net.Conn {
			client, server := net.Pipe()
			l <- server
			all = append(all, client)
			if _, err := io.WriteString(client, request); err != nil {
				t.Fatal(err)
			}
			return client
		})
		for _, c := range all {
			c.Close()
		}
		close(l)
		<-done
		h.Close()
		time.Sleep(time.Minute) // connections linger
		if s.busy.Load() != 0 || s.held.Load() != 0 || s.sent.Load() != 0 {
			t.Errorf("%d requests, %d and %d bytes are left", s.busy.Load(), s.held.Load(), s.sent.Load())
		}
	})
}

func get(size int) string { return fmt.Sprintf("GET /?size=%d HTTP/1.1\r\nHost: a\r\n\r\n", size) }

func post(size int) string {
	return fmt.Sprintf("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n", size)
}

// reads reads an answer so many bytes at a time, with pauses, and returns how much of its body has come.
func reads(c net.Conn, each int, pause func(read int) time.Duration) (status string, body int) {
	all, some := []byte{}, make([]byte, each)
	for {
		n, err := io.ReadFull(c, some)
		all = append(all, some[:n]...)
		a, bad := http.ReadResponse(bufio.NewReader(bytes.NewReader(all)), nil)
		if bad == nil && a.ContentLength >= 0 {
			head := bytes.Index(all, []byte("\r\n\r\n")) + 4
			if body = len(all) - head; int64(body) == a.ContentLength || err != nil {
				return a.Status, body
			}
			if left := a.ContentLength - int64(body); left < int64(len(some)) {
				some = some[:left]
			}
		}
		if err != nil {
			return fmt.Sprintf("%v behind %q", err, all[:min(len(all), 200)]), body
		}
		time.Sleep(pause(len(all)))
	}
}

func every(d time.Duration) func(int) time.Duration { return func(int) time.Duration { return d } }

// Who takes less than the slowest pace is given up, though something is taken now and then; who is slow and honest, as on a phone, has all.
func TestSlowReaders(t *testing.T) {
	paced(t, func(t *testing.T, _ *Server, dial func(string) net.Conn) {
		const size = 2 << 20
		if status, n := reads(dial(get(size)), 16<<10, every(1600*time.Millisecond)); n >= size { // 10 kB a second
			t.Errorf("%s: all %d bytes came", status, n)
		}
		phone := func(read int) time.Duration {
			if read%(800<<10) < 16<<10 {
				return 20 * time.Second // in a tunnel
			}
			return 600 * time.Millisecond
		}
		if status, n := reads(dial(get(size)), 16<<10, phone); n != size {
			t.Errorf("a phone: %s, %d bytes", status, n)
		}
	})
}

// The same of those who send.
func TestSlowSenders(t *testing.T) {
	const size, each = 2 << 20, 16 << 10
	for pause, want := range map[time.Duration]string{600 * time.Millisecond: "200 OK", 1600 * time.Millisecond: "408 Request Timeout", 0: "200 OK", 31 * time.Second: "408 Request Timeout"} {
		paced(t, func(t *testing.T, _ *Server, dial func(string) net.Conn) {
			c, sent := dial(post(size)), make(chan bool)
			go func() {
				defer close(sent)
				for range size / each {
					time.Sleep(pause)
					if _, err := c.Write(make([]byte, each)); err != nil {
						return
					}
				}
			}()
			if status, _ := reads(c, 1, every(0)); status != want {
				t.Errorf("%v: %q, want %q", pause, status, want)
			}
			c.Close()
			<-sent
		})
	}
}

// An answer may take longer than a body may.
func TestLongAnswers(t *testing.T) {
	paced(t, func(t *testing.T, _ *Server, dial func(string) net.Conn) {
		if status, n := reads(dial("GET /?size=7&wait=300 HTTP/1.1\r\nHost: a\r\n\r\n"), 1, every(0)); n != 7 {
			t.Errorf("%s, %d bytes", status, n)
		}
	})
}

// Who announces much and sends nothing holds nothing, and who takes much slowly, or has sent much, keeps nobody from little.
func TestFloodOfBytes(t *testing.T) {
	paced(t, func(t *testing.T, s *Server, dial func(string) net.Conn) {
		for range 60 {
			dial(post(mostUploaded))
		}
		for range 40 {
			dial(get(8 << 20)) // nothing is taken
		}
		for range 10 {
			c := dial(post(mostUploaded))
			go func() { _, _ = c.Write(make([]byte, mostUploaded-1)) }()
		}
		synctest.Wait()
		if held, sent := s.held.Load(), s.sent.Load(); held > mostHeld || held < mostHeld/2 || sent > mostSent || sent < mostSent/2 {
			t.Errorf("%d and %d bytes are held", held, sent)
		}
		if status, n := reads(dial(get(little)), 1<<16, every(0)); n != little {
			t.Errorf("little is given: %s, %d bytes", status, n)
		}
		if status, _ := reads(dial(get(8<<20)), 1, every(0)); status != "429 Too Many Requests" {
			t.Errorf("much is given: %s", status)
		}
		c := dial(post(little))
		go func() { _, _ = c.Write(make([]byte, little)) }()
		if status, _ := reads(c, 1, every(0)); status != "200 OK" {
			t.Errorf("little is taken: %s", status)
		}
	})
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
	p.refused("GET", "/api/runs/0/points?map=lda", nil, http.StatusUnprocessableEntity, "index out of range")
	state := p.server.runs[0].now()
	state.maps.named["lda"].ended = time.Now().Add(-retryEvery) // a while later it is made anew
	p.get("/api/runs/0/points?map=lda")
	p.get("/api/runs/0/points?map=pca")
}
