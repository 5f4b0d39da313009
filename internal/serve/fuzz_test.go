package serve

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// stateOf is what a page of a small run is answered from.
func stateOf(f *testing.F) *state {
	f.Helper()
	o := newOpened(f.Context(), 0, newRun(f, nil).source(), newNews())
	if err := o.load(); err != nil {
		f.Fatal(err)
	}
	return o.now()
}

// told fails where an error is none that the one who asks is told in a line.
func told(t *testing.T, err error) {
	t.Helper()
	if f, ok := err.(*fault); !ok || strings.Contains(f.text, "\n") || len(f.text) > 320 { // twenty letters, each perhaps quoted as ten
		t.Errorf("%q", err)
	}
}

// FuzzNumbers: numbers in an address are in their bounds, as many as stand there, or there is one line.
func FuzzNumbers(f *testing.F) {
	s := stateOf(f)
	for _, text := range []string{"", "0", "59", "60", "1,2,3", "-1", "+1", "1,", ",", "007", "1e3", "99999999999999999999", "0x1", " 1", strings.Repeat("\xff\n", 500), strings.Repeat("1,", 100), "-0"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		most := strings.Count(text, ",") + 1
		for below, read := range map[int]func(string) ([]int, error){testImages: s.numbers, testLatent: s.latentNumbers} {
			all, err := read(text)
			if err != nil {
				told(t, err)
			} else if len(all) > most || text != "" && len(all) < most || slices.ContainsFunc(all, func(n int) bool { return n < 0 || n >= below }) {
				t.Errorf("%q is %v", text, all)
			}
		}
		q := &http.Request{URL: &url.URL{RawQuery: url.Values{"k": {text}}.Encode()}}
		switch n, err := number(q, "k", 5, 2, 7); {
		case err != nil:
			told(t, err)
		case text == "" && n != 5, text != "" && (n < 2 || n > 7):
			t.Errorf("k=%q is %d", text, n)
		}
	})
}

// FuzzMapNames: a name is that of a map of this model, or there is one line.
func FuzzMapNames(f *testing.F) {
	s := stateOf(f)
	for _, name := range []string{"", "pca", "lda", "tsne", "umap", "z:0,1", "z:1,1", "z:0,3", "z:,", "z:-0,1", "z:00,+1", "z0,1", "z:0,1,2", "PCA", "pca\x00", "../pca", strings.Repeat("\xff\n", 500)} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		across, up, pair := s.latentsOf(name)
		if err := s.known(name); err != nil {
			told(t, err)
			if pair || slow(name) {
				t.Errorf("%q: %v", name, err)
			}
			return
		}
		if !pair && !slices.Contains([]string{"pca", "lda", "tsne", "umap"}, name) || pair && (across == up || min(across, up) < 0 || max(across, up) >= testLatent) {
			t.Errorf("%q is the map of %d and %d, %t", name, across, up, pair)
		}
	})
}

// endless is a body that never ends.
type endless struct{ given int }

func (e *endless) Read(b []byte) (int, error) { e.given += len(b); return len(b), nil }

// FuzzBodies: what a body holds are latents, or images, whole and in their bounds, as many as it has bytes for; of a body without
// end no more is read than may be.
func FuzzBodies(f *testing.F) {
	s := stateOf(f)
	for _, body := range [][]byte{nil, {1, 0, 0, 0}, {60, 0, 0, 0}, {255, 255, 255, 255}, {1, 2, 3}, appendFloats(nil, []float32{1, -2, 3}), appendFloats(nil, []float32{float32(math.NaN()), float32(math.Inf(1)), 1e7}),
		appendFloats(nil, make([]float32, 4*testLatent))} {
		f.Add(body, false)
	}
	f.Add([]byte{0}, true)
	f.Fuzz(func(t *testing.T, body []byte, more bool) {
		request := func() (*http.Request, *endless) {
			rest := &endless{}
			var from io.Reader = bytes.NewReader(body)
			if more {
				from = io.MultiReader(from, rest)
			}
			return httptest.NewRequest("POST", "/", from), rest
		}
		const most = 4
		q, rest := request()
		z, err := s.latents(q, most)
		if err == nil && (len(z) != len(body)/4 || len(z)%testLatent != 0 || len(z) > most*testLatent || slices.ContainsFunc(z, func(v float32) bool { return !(math.Abs(float64(v)) <= mostValue) })) {
			t.Errorf("%x are the latents %v", body, z)
		}
		if more && err == nil || rest.given > 1<<16 {
			t.Errorf("%d bytes of a body without end, %v", rest.given, err)
		}
		q, rest = request()
		images, err := s.chosen(q)
		if err == nil && (len(images) != len(body)/4 || len(images) > testImages || slices.ContainsFunc(images, func(i int) bool { return i < 0 || i >= testImages })) {
			t.Errorf("%x are the images %v", body, images)
		}
		if more && err == nil || rest.given > 1<<16 {
			t.Errorf("%d bytes of a body without end, %v", rest.given, err)
		}
	})
}

// FuzzSearches: no more than so many images are found, each once, and each has the text or its number.
func FuzzSearches(f *testing.F) {
	s := stateOf(f)
	s.split.Set.Names = make([]string, testImages)
	for i := range s.split.Set.Names {
		s.split.Set.Names[i] = []string{"", "/", "cats/Tom.PNG", "İstanbul/ß", "\xff", "a//b/", "..", "5"}[i%8] + strconv.Itoa(i)
	}
	for _, text := range []string{"tom", "5", "a", "İ", "i̇", "ß", "\xff", "/", "..", "SS", "B"} {
		f.Add(text, 5)
	}
	f.Fuzz(func(t *testing.T, text string, k int) {
		if k < 1 || k > mostFound || text == "" || len(text) > mostSearched {
			return
		}
		all, err := s.search(t.Context(), text, k)
		if err != nil || len(all) > k {
			t.Fatalf("%d images, %v", len(all), err)
		}
		of, seen := strings.ToLower(text), map[int]bool{}
		for _, image := range all {
			if n, err := strconv.Atoi(text); !strings.Contains(strings.ToLower(image.Name), of) && !strings.Contains(strings.ToLower(image.Label), of) && (err != nil || n != image.Image) || seen[image.Image] {
				t.Errorf("%q finds %+v", text, image)
			}
			seen[image.Image] = true
		}
	})
}

// fuzzedPaths are what a request may ask of a run.
var fuzzedPaths = []string{
	"GET values", "GET thumbs", "GET points", "GET search", "GET compare", "GET picture", "GET images/3", "GET pixels/3", "GET course",
	"POST decode", "POST at", "POST near", "POST encode", "POST selection", "POST direction", "POST selection/csv", "POST selection/npy",
}

// FuzzRequests: whatever is asked for, the answer is one, or says in a line what is wrong with the question; the fault is never that of the server, and a
// command is of numbers and known words alone.
func FuzzRequests(f *testing.F) {
	o := Options{Runs: []Source{newRun(f, nil).source()}, Log: func(text string) { panic(text) },
		Draw: func(_ context.Context, d Drawing, out io.Writer) error { return json.NewEncoder(out).Encode(d) },
		Line: func(d Drawing) string { return "vae " + d.Kind },
	}
	s, err := New(f.Context(), o)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(s.Close)
	server := httptest.NewUnstartedServer(nil)
	f.Cleanup(server.Close)
	h, host := s.Handler(server.Listener.Addr()), server.Listener.Addr().String()
	z := appendFloats(nil, make([]float32, testLatent))
	for i := range fuzzedPaths {
		for _, query := range []string{"", "of=mse&map=pca&x=1&y=2&k=3&images=1,2&name=a&with=0&kind=interpolate&first=1", "of=z1&map=z:0,1&x=NaN&y=1e400&what=difference&kind=traverse&latents=0;as=command", "%zz&map=tsne&images=..%2f&label=-1"} {
			f.Add(i, query, z)
		}
	}
	f.Fuzz(func(t *testing.T, i int, query string, body []byte) {
		if i < 0 || i >= len(fuzzedPaths) {
			return
		}
		method, path, _ := strings.Cut(fuzzedPaths[i], " ")
		q := httptest.NewRequest(method, "/api/runs/0/"+path, bytes.NewReader(body))
		q.URL.RawQuery, q.Host = query, host
		w := httptest.NewRecorder()
		h.ServeHTTP(w, q)
		switch text := w.Body.String(); {
		case w.Code >= 500 || w.Code != http.StatusOK && (w.Code < 400 || strings.Count(text, "\n") != 1):
			t.Errorf("%s?%s: %d, %.300q", path, query, w.Code, text)
		case w.Code == http.StatusOK && strings.HasPrefix(w.Header().Get("Content-Type"), "application/json") && !json.Valid(w.Body.Bytes()):
			t.Errorf("%s?%s: %.300q", path, query, text)
		case w.Code == http.StatusOK && path == "picture":
			var d Drawing
			named := regexp.MustCompile(`^images/[0-9]{5}$`).MatchString
			if text == "vae "+q.URL.Query().Get("kind") && q.URL.Query().Get("as") == "command" {
				return
			}
			if err := json.Unmarshal(w.Body.Bytes(), &d); err != nil || d.Model != "runs/a b" || !slices.Contains(Drawings, d.Kind) || d.Path != "" && !slices.Contains(Paths, d.Path) || d.Among != "" && d.Among != "images" ||
				d.Label != "" || d.Steps > mostPictured || slices.ContainsFunc(d.Images, func(i string) bool { return !named(i) }) || slices.ContainsFunc(d.Latents, func(l int) bool { return l < 0 || l >= testLatent }) {
				t.Errorf("%s gives the command %s", query, text)
			}
		}
	})
}
