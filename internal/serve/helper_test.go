package serve

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"vae/internal/config"
	"vae/internal/dataset"
	"vae/internal/model"
	"vae/internal/rng"
	"vae/internal/run"
)

const (
	testImages = 60
	testLatent = 3
)

var testShape = config.Shape{Width: 6, Height: 4, Channels: 1}

// testRun is a model with images of its own, whose file a test may replace.
type testRun struct {
	file  string
	split dataset.Split

	mu    sync.Mutex
	model *model.Model
	fail  error // of the next load

	loading func() // is called in a load
	kept    map[run.MapName][]float32
}

func newRun(t testing.TB, change func(*config.Model)) *testRun {
	t.Helper()
	c := config.Default().Model
	c.Latent, c.Hidden = testLatent, []int{8}
	if change != nil {
		change(&c)
	}
	m, err := model.New(c, testShape, 1)
	if err != nil {
		t.Fatal(err)
	}
	r := &testRun{file: filepath.Join(t.TempDir(), "model"), model: m, kept: map[run.MapName][]float32{}}
	if err := os.WriteFile(r.file, []byte("1"), 0o666); err != nil {
		t.Fatal(err)
	}
	var images []dataset.Pixels
	source := rng.Stream(1, "images")
	for range testImages {
		pixels := make([]uint8, testShape.Pixels())
		for j := range pixels {
			pixels[j] = uint8(source.IntN(256))
		}
		images = append(images, dataset.Bytes(pixels))
	}
	set := dataset.NewSet(testShape, images)
	set.Classes, set.Labels = []string{"a", "b"}, make([]int, testImages)
	for i := range set.Labels {
		set.Labels[i] = i % 2
	}
	r.split = dataset.Split{Set: set, Index: dataset.Between(0, testImages)}
	return r
}

func (r *testRun) source() Source {
	return Source{
		Name: "a run", File: r.file, Inputs: "images",
		Load: func() (*model.Model, *run.Model, error) {
			r.mu.Lock()
			defer r.mu.Unlock()
			if r.loading != nil {
				r.loading()
			}
			c := config.Default()
			c.Model = r.model.Config()
			return r.model, &run.Model{Config: c, Info: run.Info{Seed: 1}}, r.fail
		},
		Images: func(*model.Model, *run.Model) (dataset.Split, func(int) string, error) {
			return r.split, func(i int) string { return fmt.Sprintf("images/%05d", i) }, nil
		},
		Input: func(_ *model.Model, _ *run.Model, file []byte, _ bool) (dataset.Pixels, error) {
			if string(file) != "an image" {
				return dataset.Pixels{}, errors.New("this is no image")
			}
			return dataset.Bytes(bytes.Repeat([]byte{9}, testShape.Pixels())), nil
		},
		Model: "runs/a b",
		Keep:  func(name run.MapName, places []float32) { r.kept[name] = places },
		Kept:  func(name run.MapName, n int) []float32 { return r.kept[name] },
	}
}

// becomes replaces the file, and what a load gives.
func (r *testRun) becomes(t *testing.T, m *model.Model, fail error, content string) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.model, r.fail = m, fail
	if err := os.WriteFile(r.file, []byte(content), 0o666); err != nil {
		t.Fatal(err)
	}
}

// page is a server as a browser sees it.
type page struct {
	t      *testing.T
	server *Server
	http   *httptest.Server
	taken  *atomic.Int64 // bytes of requests that the server has read, whatever lies on the way
}

// readers counts what is read of the connections that it accepts.
type readers struct {
	net.Listener
	taken *atomic.Int64
}

func (r readers) Accept() (net.Conn, error) {
	c, err := r.Listener.Accept()
	return &reader{c, r.taken}, err
}

type reader struct {
	net.Conn
	taken *atomic.Int64
}

func (r *reader) Read(b []byte) (int, error) {
	n, err := r.Conn.Read(b)
	r.taken.Add(int64(n))
	return n, err
}

func newPage(t *testing.T, r *testRun, change func(*Options)) *page {
	t.Helper()
	o := Options{Runs: []Source{r.source()}, Version: "vae 0", Log: func(text string) { t.Error(text) },
		Line: func(d Drawing) string { return fmt.Sprintf("%+v", d) },
		Draw: func(_ context.Context, d Drawing, out io.Writer) error {
			_, err := fmt.Fprintf(out, "%+v", d)
			return err
		}}
	if change != nil {
		change(&o)
	}
	s, err := New(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	h := httptest.NewUnstartedServer(nil)
	taken := new(atomic.Int64)
	h.Listener = readers{h.Listener, taken}
	h.Config = NewHTTP(s.Handler(h.Listener.Addr()))
	h.Start()
	t.Cleanup(h.Close)
	return &page{t, s, h, taken}
}

// ask sends a request, of which change may change anything.
func (p *page) ask(method, path string, body []byte, change func(*http.Request)) (int, http.Header, []byte) {
	p.t.Helper()
	q, err := http.NewRequest(method, p.http.URL+path, bytes.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	if change != nil {
		change(q)
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	a, err := client.Do(q)
	if err != nil {
		p.t.Fatal(err)
	}
	defer a.Body.Close()
	content, err := io.ReadAll(a.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return a.StatusCode, a.Header, content
}

// get asks for what must be there.
func (p *page) get(path string) []byte {
	p.t.Helper()
	status, _, body := p.ask("GET", path, nil, nil)
	if status != http.StatusOK {
		p.t.Fatalf("%s: %d, %s", path, status, body)
	}
	return body
}

func (p *page) post(path string, body []byte) []byte {
	p.t.Helper()
	status, _, answer := p.ask("POST", path, body, nil)
	if status != http.StatusOK {
		p.t.Fatalf("%s: %d, %s", path, status, answer)
	}
	return answer
}

// refused asks for what must not be given, with a reason of one line.
func (p *page) refused(method, path string, body []byte, status int, reason string) {
	p.t.Helper()
	got, _, text := p.ask(method, path, body, nil)
	if line := strings.TrimSuffix(string(text), "\n"); got != status || !strings.Contains(line, reason) || strings.Contains(line, "\n") {
		p.t.Errorf("%s %s: %d, %q, want %d, %q", method, path, got, text, status, reason)
	}
}

func floatsFrom(t *testing.T, body []byte) []float32 {
	t.Helper()
	values := make([]float32, len(body)/4)
	if err := binary.Read(bytes.NewReader(body), binary.LittleEndian, values); err != nil {
		t.Fatal(err)
	}
	return values
}

func into[T any](t *testing.T, body []byte) (value T) {
	t.Helper()
	if err := json.Unmarshal(body, &value); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	return value
}

func close32(a, b float32) bool { return math.Abs(float64(a-b)) <= 1e-5*(1+math.Abs(float64(b))) }
