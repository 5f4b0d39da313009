package serve

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// A name of somebody else's that leads to this machine is not answered, nor is another port.
func TestForeignHostsAreRefused(t *testing.T) {
	p := newPage(t, newRun(t, nil), nil)
	_, port, _ := net.SplitHostPort(p.http.Listener.Addr().String())
	for host, want := range map[string]int{
		"127.0.0.1:" + port: http.StatusOK, "localhost:" + port: http.StatusOK, "LOCALHOST:" + port: http.StatusOK, "[::1]:" + port: http.StatusOK, "127.9.9.9:" + port: http.StatusOK,
		"evil.example:" + port: http.StatusMisdirectedRequest, "localhost.evil.example:" + port: http.StatusMisdirectedRequest, "127.0.0.1.evil.example:" + port: http.StatusMisdirectedRequest,
		"127.0.0.1:1": http.StatusMisdirectedRequest, "localhost": http.StatusMisdirectedRequest, "10.0.0.1:" + port: http.StatusMisdirectedRequest, "[::ffff:8.8.8.8]:" + port: http.StatusMisdirectedRequest,
	} {
		for _, path := range []string{"/", "/api/runs"} {
			if status, _, _ := p.ask("GET", path, nil, func(q *http.Request) { q.Host = host }); status != want {
				t.Errorf("%s of %s: %d, want %d", path, host, status, want)
			}
		}
	}
}

// What other sites ask for through the browser of whoever has the page open is not answered.
func TestOtherSitesAreRefused(t *testing.T) {
	p := newPage(t, newRun(t, nil), nil)
	z := appendFloats(nil, make([]float32, testLatent))
	for _, site := range []string{"cross-site", "same-site"} {
		for _, c := range []struct{ method, path string }{{"GET", "/api/runs"}, {"GET", "/api/runs/0/points?map=pca"}, {"POST", "/api/runs/0/decode"}, {"GET", "/api/events"}} {
			status, header, _ := p.ask(c.method, c.path, z, func(q *http.Request) { q.Header.Set("Sec-Fetch-Site", site) })
			if status != http.StatusForbidden || header.Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("%s %s of %s: %d, %v", c.method, c.path, site, status, header)
			}
		}
	}
	if status, _, _ := p.ask("POST", "/api/runs/0/decode", z, func(q *http.Request) { q.Header.Set("Origin", "http://evil.example") }); status != http.StatusForbidden {
		t.Errorf("another origin: %d", status)
	}
	for _, site := range []string{"same-origin", "none", ""} {
		if status, _, _ := p.ask("POST", "/api/runs/0/decode", z, func(q *http.Request) { q.Header.Set("Sec-Fetch-Site", site) }); status != http.StatusOK {
			t.Errorf("%q: %d", site, status)
		}
	}
}

// With a token nobody is answered who does not bring it, by whatever host.
func TestToken(t *testing.T) {
	const token = `corréct; "horse" battery\`
	p := newPage(t, newRun(t, nil), func(o *Options) { o.Token = token })
	foreign := func(q *http.Request) { q.Host = "machine.example:80" }
	for _, path := range []string{"/", "/main.js", "/api/runs", "/?token=wrong", "/?token="} {
		if status, _, body := p.ask("GET", path, nil, foreign); status != http.StatusUnauthorized || bytes.Contains(body, []byte(token)) {
			t.Errorf("%s: %d", path, status)
		}
	}
	if status, _, _ := p.ask("POST", "/api/runs/0/decode?token="+url.QueryEscape(token), appendFloats(nil, make([]float32, testLatent)), foreign); status != http.StatusUnauthorized {
		t.Errorf("a token in the address of a POST: %d", status)
	}
	status, header, _ := p.ask("GET", "//elsewhere.example/x?token="+url.QueryEscape(token), nil, foreign)
	if status != http.StatusSeeOther || header.Get("Location") != "/" {
		t.Fatalf("%d to %q", status, header.Get("Location"))
	}
	set := header.Get("Set-Cookie")
	for _, part := range []string{cookie, "HttpOnly", "SameSite=Strict", "Path=/"} {
		if !strings.Contains(set, part) {
			t.Errorf("cookie %q has no %s", set, part)
		}
	}
	for name, bring := range map[string]func(*http.Request){
		"cookie": func(q *http.Request) { q.Header.Set("Cookie", strings.SplitN(set, ";", 2)[0]) },
		"header": func(q *http.Request) { q.Header.Set("Authorization", "Bearer "+token) },
	} {
		if status, _, _ := p.ask("GET", "/api/runs", nil, func(q *http.Request) { foreign(q); bring(q) }); status != http.StatusOK {
			t.Errorf("%s: %d", name, status)
		}
	}
	if status, _, _ := p.ask("GET", "/api/runs", nil, func(q *http.Request) { q.Header.Set("Authorization", "Bearer wrong") }); status != http.StatusUnauthorized {
		t.Errorf("a wrong header: %d", status)
	}
}

// An upload is read up to its limit, and no further. What the client gave tells nothing of that: tens of
// megabytes can lie in a kernel's buffers.
func TestLargeUploadsAreRefused(t *testing.T) {
	p := newPage(t, newRun(t, nil), nil)
	q, err := http.NewRequest("POST", p.http.URL+"/api/runs/0/encode", io.LimitReader(zeros{}, 1<<30))
	if err != nil {
		t.Fatal(err)
	}
	if a, err := http.DefaultClient.Do(q); err == nil { // the server may hang up while the client still sends
		defer a.Body.Close()
		if a.StatusCode != http.StatusRequestEntityTooLarge {
			t.Errorf("%s", a.Status)
		}
	}
	if taken := p.taken.Load(); taken > mostUploaded+(1<<20) { // heads and chunks, and what net/http looks at before it hangs up
		t.Errorf("%d bytes of 1 GiB were taken", taken)
	}
	p.get("/api/runs")
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

// Of very many requests at once some are told to come again, all get an answer, and then all is as before.
func TestFloodOfRequests(t *testing.T) {
	p := newPage(t, newRun(t, nil), nil)
	machine := p.server.runs[0].machine
	machine.free <- struct{}{} // as by a request that takes long
	z := appendFloats(nil, make([]float32, testLatent))
	var wg sync.WaitGroup
	var mu sync.Mutex
	counts := map[int]int{}
	for range 3 * mostWaiting {
		wg.Go(func() {
			a, err := http.Post(p.http.URL+"/api/runs/0/decode", "application/octet-stream", bytes.NewReader(z))
			if err != nil {
				t.Error(err)
				return
			}
			a.Body.Close()
			mu.Lock()
			counts[a.StatusCode]++
			mu.Unlock()
		})
	}
	for machine.waiting.Load() < mostWaiting {
		time.Sleep(time.Millisecond)
	}
	time.Sleep(50 * time.Millisecond)
	<-machine.free
	wg.Wait()
	if counts[http.StatusOK] < mostWaiting || counts[http.StatusTooManyRequests] == 0 || counts[http.StatusOK]+counts[http.StatusTooManyRequests] != 3*mostWaiting {
		t.Errorf("answers %v", counts)
	}
	if n := machine.waiting.Load(); n != 0 {
		t.Errorf("%d still wait", n)
	}
	p.post("/api/runs/0/decode", z)
}

// A client that sends nothing, or never ends, is given up.
func TestSlowClients(t *testing.T) {
	h := NewHTTP(nil)
	if h.ReadHeaderTimeout <= 0 || h.ReadTimeout <= 0 || h.IdleTimeout <= 0 || h.MaxHeaderBytes > 1<<16 {
		t.Errorf("%+v", h)
	}
	p := newPage(t, newRun(t, nil), nil)
	c, err := net.Dial("tcp", p.http.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: "+p.http.Listener.Addr().String()+"\r\nX: "+strings.Repeat("a", 1<<17)+"\r\n\r\n"); err != nil {
		return // hung up already
	}
	answer, err := bufio.NewReader(c).ReadString('\n')
	if err == nil && !strings.Contains(answer, "431") {
		t.Errorf("%q", answer)
	}
}

// events reads the next that matches.
func nextEvent(t *testing.T, r *bufio.Reader, wanted string) string {
	t.Helper()
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(line, wanted) {
			return line
		}
	}
}

// A model that is replaced is shown, one that is damaged or gone leaves what is shown, and both are told.
func TestModelFilesThatChange(t *testing.T) {
	r := newRun(t, nil)
	p := newPage(t, r, func(o *Options) { o.Watch = time.Millisecond })
	a, err := http.Get(p.http.URL + "/api/events")
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	events := bufio.NewReader(a.Body)
	nextEvent(t, events, "hello")
	before := into[runInfo](t, p.get("/api/runs/0"))
	r.becomes(t, r.model, errors.New("model: is damaged"), "damaged")
	nextEvent(t, events, `"gone"`)
	during := into[runInfo](t, p.get("/api/runs/0"))
	if during.Fault != "model: is damaged" || during.Digest != before.Digest {
		t.Errorf("%+v", during)
	}
	p.post("/api/runs/0/decode", appendFloats(nil, make([]float32, testLatent)))
	if err := os.Remove(r.file); err != nil {
		t.Fatal(err)
	}
	nextEvent(t, events, `"gone"`)
	other := newRun(t, nil)
	for _, param := range other.model.Params() {
		for i := range param.Value {
			param.Value[i] *= 1.5
		}
	}
	r.becomes(t, other.model, nil, "another")
	nextEvent(t, events, `"model"`)
	after := into[runInfo](t, p.get("/api/runs/0"))
	if after.Fault != "" || after.Digest == before.Digest {
		t.Errorf("%+v", after)
	}
}

// A model that is replaced while the one before is read is not missed.
func TestModelFilesThatChangeWhileTheyAreRead(t *testing.T) {
	r := newRun(t, nil)
	r.loading = func() {
		r.loading = nil
		if err := os.WriteFile(r.file, []byte("another by now"), 0o666); err != nil {
			t.Error(err)
		}
	}
	p := newPage(t, r, func(o *Options) { o.Watch = 50 * time.Millisecond })
	a, err := http.Get(p.http.URL + "/api/events")
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	nextEvent(t, bufio.NewReader(a.Body), `"model"`)
}

// A server that ends ends its streams, and leaves nothing running.
func TestClose(t *testing.T) {
	p := newPage(t, newRun(t, nil), nil)
	a, err := http.Get(p.http.URL + "/api/events")
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	p.server.Close()
	if _, err := io.ReadAll(a.Body); err != nil {
		t.Error(err)
	}
}

// Pages that never read, or are very many, take nothing from the others.
func TestManyListeners(t *testing.T) {
	n := newNews()
	var stops []func()
	for range mostReaders {
		_, stop, ok := n.listen()
		if !ok {
			t.Fatal("refused")
		}
		stops = append(stops, stop)
	}
	if _, _, ok := n.listen(); ok {
		t.Error("one more than there may be")
	}
	for range 1000 {
		n.tell(event{What: "map"})
	}
	n.tell(event{What: "gone"})
	for reader := range n.readers {
		var last event
		for len(reader) > 0 {
			last = <-reader
		}
		if last.What != "gone" {
			t.Errorf("the last event that a slow page hears is %+v", last)
		}
	}
	stops[0]()
	reader, stop, ok := n.listen()
	if !ok {
		t.Fatal("no place after one has gone")
	}
	defer stop()
	n.tell(event{What: "model"})
	if e := <-reader; e.What != "model" {
		t.Errorf("%+v", e)
	}
}
