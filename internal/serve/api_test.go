package serve

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"fmt"
	"image/png"
	"io"
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"vae/internal/config"
	"vae/internal/infer"
)

func TestPageIsServed(t *testing.T) {
	p := newPage(t, newRun(t, nil), nil)
	for path, kind := range map[string]string{"/": "text/html", "/main.js": "text/javascript", "/style.css": "text/css", "/icon.svg": "image/svg"} {
		status, header, body := p.ask("GET", path, nil, nil)
		if status != http.StatusOK || !strings.HasPrefix(header.Get("Content-Type"), kind) || len(body) == 0 {
			t.Errorf("%s: %d, %s, %d bytes", path, status, header.Get("Content-Type"), len(body))
		}
		if header.Get("Content-Security-Policy") != policy || header.Get("X-Content-Type-Options") != "nosniff" || header.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%s: headers %v", path, header)
		}
	}
	for _, path := range []string{"/none.js", "/page", "/../serve.go", "/%2e%2e/serve.go", "//etc/passwd", "/api", "/api/none"} {
		if status, _, _ := p.ask("GET", path, nil, nil); status == http.StatusOK {
			t.Errorf("%s is served", path)
		}
	}
}

// The whole page, without data, is small, and names nothing elsewhere.
func TestPageStandsAlone(t *testing.T) {
	entries, err := files.ReadDir("page")
	if err != nil {
		t.Fatal(err)
	}
	size := 0
	for _, e := range entries {
		content, err := files.ReadFile("page/" + e.Name())
		if err != nil {
			t.Fatal(err)
		}
		size += len(content)
		text := strings.ReplaceAll(string(content), "http://www.w3.org/2000/svg", "")
		for _, other := range []string{"http://", "https://", "@import", "eval("} {
			if strings.Contains(text, other) {
				t.Errorf("%s has %q", e.Name(), other)
			}
		}
	}
	if size > 200_000 {
		t.Errorf("the page has %d bytes", size)
	}
}

// The page is compressed for whoever takes that, and asked for again only where it is another.
func TestPageIsCompressed(t *testing.T) {
	p := newPage(t, newRun(t, nil), nil)
	accepting := func(what string) func(*http.Request) {
		return func(q *http.Request) { q.Header.Set("Accept-Encoding", what) }
	}
	_, plain, body := p.ask("GET", "/main.js", nil, accepting("identity"))
	_, packed, small := p.ask("GET", "/main.js", nil, accepting("br, gzip;q=0.5"))
	r, err := gzip.NewReader(bytes.NewReader(small))
	if err != nil {
		t.Fatal(err)
	}
	if whole, err := io.ReadAll(r); err != nil || !bytes.Equal(whole, body) || packed.Get("Content-Encoding") != "gzip" || plain.Get("Content-Encoding") != "" || plain.Get("ETag") == packed.Get("ETag") {
		t.Errorf("%v, %d bytes of %d: %v, %v", err, len(whole), len(body), plain, packed)
	}
	for _, none := range []string{"", "gzip;q=0", "gzip;q=0.000", "x-gzip", "gzip;;"} {
		if _, header, _ := p.ask("GET", "/main.js", nil, accepting(none)); header.Get("Content-Encoding") != "" {
			t.Errorf("compressed for %q", none)
		}
	}
	status, _, _ := p.ask("GET", "/main.js", nil, func(q *http.Request) {
		accepting("gzip")(q)
		q.Header.Set("If-None-Match", packed.Get("ETag"))
	})
	if status != http.StatusNotModified {
		t.Errorf("%d for a page that is there", status)
	}
}

func TestAbout(t *testing.T) {
	p := newPage(t, newRun(t, nil), nil)
	all := into[struct {
		Version string
		Runs    []runInfo
	}](t, p.get("/api/runs"))
	if len(all.Runs) != 1 || all.Version != "vae 0" {
		t.Fatalf("%+v", all)
	}
	i := all.Runs[0]
	if i.Name != "a run" || i.Latent != testLatent || i.Images != testImages || i.Width != 6 || i.Height != 4 || i.Channels != 1 ||
		!slices.Equal(i.Classes, []string{"a", "b"}) || len(i.Latents) != testLatent || !i.Variance || len(i.Model) != 0 {
		t.Errorf("%+v", i)
	}
	for _, l := range i.Latents {
		if l.PriorSD == nil || *l.PriorSD != 1 || l.Low >= l.High || l.SD <= 0 {
			t.Errorf("%+v", l)
		}
	}
	p.refused("GET", "/api/runs/1", nil, http.StatusNotFound, "no such run")
	p.refused("GET", "/api/runs/x", nil, http.StatusNotFound, "no such run")
	p.refused("GET", "/api/runs/..%2f..%2fetc", nil, http.StatusNotFound, "no such run")
}

// What is decoded is what package infer decodes, whatever the number of latents.
func TestDecode(t *testing.T) {
	r := newRun(t, nil)
	p := newPage(t, r, nil)
	d, err := infer.NewDecoder(r.model)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{1, 5, pageRows, pageRows + 1, mostDecoded} {
		z := make([]float32, n*testLatent)
		rows := make([][]float32, n)
		for i := range z {
			z[i] = float32(i%7) - 3
		}
		for i := range rows {
			rows[i] = z[i*testLatent : (i+1)*testLatent]
		}
		got := p.post("/api/runs/0/decode", appendFloats(nil, z))
		var want []byte
		for from := 0; from < n; from += d.Rows() {
			images, err := d.Decode(rows[from:min(from+d.Rows(), n)], nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, image := range images {
				want = appendPixels(want, image)
			}
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%d latents: other pixels", n)
		}
	}
	one := appendFloats(nil, make([]float32, testLatent))
	nan := appendFloats(nil, []float32{0, float32(math.NaN()), 0})
	for _, c := range []struct {
		body   []byte
		reason string
	}{{nil, "0 numbers are no rows of 3 latents"}, {one[:8], "2 numbers are no rows"}, {one[:5], "5 bytes are no whole number"}, {nan, "number 1 is NaN"},
		{appendFloats(nil, []float32{0, 0, float32(math.Inf(1))}), "number 2 is +Inf"}, {appendFloats(nil, []float32{2e6, 0, 0}), "latents are from"}} {
		p.refused("POST", "/api/runs/0/decode", c.body, http.StatusBadRequest, c.reason)
	}
	p.refused("POST", "/api/runs/0/decode", make([]byte, 4*testLatent*mostDecoded+1), http.StatusRequestEntityTooLarge, "too much was sent")
	p.refused("GET", "/api/runs/0/decode", nil, http.StatusNotFound, "no such page")
	p.refused("POST", "/api/runs/0/decode?label=1", one, http.StatusBadRequest, "must be from 0 to 0")
}

// A conditional model draws the class that is named.
func TestDecodeOfAClass(t *testing.T) {
	p := newPage(t, newRun(t, func(c *config.Model) { c.Conditional, c.Classes = true, []string{"a", "b"} }), nil)
	z := appendFloats(nil, make([]float32, testLatent))
	if bytes.Equal(p.post("/api/runs/0/decode?label=0", z), p.post("/api/runs/0/decode?label=1", z)) {
		t.Error("both classes have the same image")
	}
	p.refused("POST", "/api/runs/0/decode?label=2", z, http.StatusBadRequest, "must be from 0 to 1")
	if text := string(p.get("/api/runs/0/picture?kind=traverse&label=1")); !strings.Contains(text, "Label:b") {
		t.Errorf("draws %s", text)
	}
	p.get("/api/runs/0/values?of=mse")
	p.get("/api/runs/0/pixels/3?what=difference")
}

// On a map that has directions a point comes to lie where it was put.
func TestAtIsWhereItWasPut(t *testing.T) {
	r := newRun(t, nil)
	p := newPage(t, r, nil)
	for _, name := range []string{"pca", "lda", "z:2,0"} {
		places := floatsFrom(t, p.get("/api/runs/0/points?map="+name))
		if len(places) != 2*testImages {
			t.Fatalf("%s: %d numbers", name, len(places))
		}
		z := []float32{0.5, -1, 0.25}
		answer := p.post("/api/runs/0/at?map="+name+"&x=0.75&y=-0.5", appendFloats(nil, z))
		if len(answer) != 4*testLatent+testShape.Pixels() {
			t.Fatalf("%s: %d bytes", name, len(answer))
		}
		moved := floatsFrom(t, answer[:4*testLatent])
		found := into[struct {
			Near  []near
			Place []float32
		}](t, p.post("/api/runs/0/near?map="+name+"&k=4", appendFloats(nil, moved)))
		if len(found.Place) != 2 || !close32(found.Place[0], 0.75) || !close32(found.Place[1], -0.5) || len(found.Near) != 4 {
			t.Errorf("%s: lies at %v; near %v", name, found.Place, found.Near)
		}
		if pixels := p.post("/api/runs/0/decode", appendFloats(nil, moved)); !bytes.Equal(pixels, answer[4*testLatent:]) {
			t.Errorf("%s: another image", name)
		}
	}
	zero := appendFloats(nil, make([]float32, testLatent))
	for _, q := range []string{"map=pca&x=&y=0", "map=pca&x=NaN&y=0", "map=pca&x=1e30&y=0", "map=none&x=0&y=0", "map=z:0,3&x=0&y=0", "x=0&y=0", "map=z:0&x=0&y=0", "map=z:1,1&x=0&y=0"} {
		p.refused("POST", "/api/runs/0/at?"+q, zero, http.StatusBadRequest, "")
	}
}

// A map that takes long is made in the background, kept, and found again.
func TestSlowMaps(t *testing.T) {
	r := newRun(t, nil)
	p := newPage(t, r, nil)
	wait := func(p *page, name string) []float32 {
		t.Helper()
		for range 500 {
			_, header, body := p.ask("GET", "/api/runs/0/points?map="+name, nil, nil)
			if header.Get("Content-Type") == "application/octet-stream" {
				return floatsFrom(t, body)
			}
			time.Sleep(10 * time.Millisecond)
		}
		t.Fatal("no end of it")
		return nil
	}
	for _, name := range []string{"tsne", "umap"} {
		places := wait(p, name)
		z := appendFloats(nil, make([]float32, testLatent))
		x := fmt.Sprintf("&x=%g&y=%g", places[0], places[1])
		moved := floatsFrom(t, p.post("/api/runs/0/at?map="+name+x, z)[:4*testLatent])
		mu := into[imageInfo](t, p.get("/api/runs/0/images/0")).Mu
		for j := range mu {
			if !close32(moved[j], mu[j]) {
				t.Errorf("%s: at an image's place z is %v, and its code %v", name, moved, mu)
			}
		}
	}
	if len(r.kept) != 2 {
		t.Errorf("%d maps kept", len(r.kept))
	}
	for name := range r.kept {
		r.kept[name] = slices.Repeat([]float32{1, 2}, testImages)
	}
	again := newPage(t, r, nil)
	if places := wait(again, "tsne"); places[0] != 1 || places[1] != 2 {
		t.Error("a map that was kept is made again")
	}
}

func TestValuesAndImages(t *testing.T) {
	r := newRun(t, nil)
	p := newPage(t, r, nil)
	labels := floatsFrom(t, p.get("/api/runs/0/values?of=label"))
	z1 := floatsFrom(t, p.get("/api/runs/0/values?of=z1"))
	kl := floatsFrom(t, p.get("/api/runs/0/values?of=kl"))
	loss, bound := floatsFrom(t, p.get("/api/runs/0/values?of=loss")), floatsFrom(t, p.get("/api/runs/0/values?of=bound"))
	var difference float64
	for i := range loss {
		difference += float64(loss[i]-bound[i]) / testImages
	}
	if !(difference > -0.05 && difference < 5) { // a bound of ten draws is no worse than one of one, in the mean
		t.Errorf("the loss is %g above the bound", difference)
	}
	for i := range testImages {
		info := into[imageInfo](t, p.get(fmt.Sprintf("/api/runs/0/images/%d?scores=1", i)))
		if info.Scores[0].Name != "loss" || !close32(float32(info.Scores[0].Value), loss[i]) {
			t.Errorf("image %d: loss %g, and %+v by itself", i, loss[i], info.Scores)
		}
		if labels[i] != float32(i%2) || z1[i] != info.Mu[1] || info.Label != []string{"a", "b"}[i%2] || info.Input != fmt.Sprintf("images/%05d", i) {
			t.Fatalf("image %d: label %g, z1 %g, %+v", i, labels[i], z1[i], info)
		}
		var sum float64
		for _, v := range info.KL {
			sum += v
		}
		if !(math.Abs(sum-float64(kl[i])) < 1e-4*(1+sum)) {
			t.Errorf("image %d: KL %g, of its latents %g", i, kl[i], sum)
		}
	}
	for path, reason := range map[string]string{"values?of=none": "there are label", "values?of=z3": "z0 to z2", "values?of=z-1": "z0 to z2", "thumbs?images=": "must be the number", "thumbs?images=60": "below 60",
		"thumbs?images=1,,2": "must be the number", "points?map=z:0,9": "there is no map"} {
		p.refused("GET", "/api/runs/0/"+path, nil, http.StatusBadRequest, reason)
	}
	for _, path := range []string{"images/60", "images/-1", "images/1,2", "images/x", "pixels/60"} {
		p.refused("GET", "/api/runs/0/"+path, nil, http.StatusNotFound, "no such image")
	}
	picture, err := png.Decode(bytes.NewReader(p.get("/api/runs/0/pixels/5")))
	if err != nil || picture.Bounds().Dx() != 6 || picture.Bounds().Dy() != 4 {
		t.Fatal(err)
	}
	if g, _, _, _ := picture.At(2, 1).RGBA(); g>>8 != uint32(r.split.Set.Image(5)[8]) {
		t.Errorf("pixel %d, want %d", g>>8, r.split.Set.Image(5)[8])
	}
	thumbs := p.get("/api/runs/0/thumbs?images=5,7")
	if want := append([]byte{6, 4, 1}, append(slices.Clone(r.split.Set.Image(5)), r.split.Set.Image(7)...)...); !bytes.Equal(thumbs, want) {
		t.Error("other thumbnails")
	}
}

func TestThumbsAreMeans(t *testing.T) {
	got := appendThumb(nil, []byte{0, 10, 20, 30, 40, 50, 1, 2, 3}, 3, 3, 1, 2)
	if want := []byte{20, 35, 2, 3}; !slices.Equal(got, want) { // (0+10+30+40)/4, (20+50)/2, (1+2)/2, 3
		t.Errorf("%v, want %v", got, want)
	}
}

// An image that is sent as it lies there has the code that it has there.
func TestEncode(t *testing.T) {
	r := newRun(t, nil)
	p := newPage(t, r, nil)
	post := func(kind string, body []byte) (int, []byte) {
		status, _, answer := p.ask("POST", "/api/runs/0/encode?map=z:0,1", body, func(q *http.Request) { q.Header.Set("Content-Type", kind) })
		return status, answer
	}
	status, answer := post("application/octet-stream", r.split.Set.Image(4))
	if status != http.StatusOK {
		t.Fatalf("%d: %s", status, answer)
	}
	e, info := into[encoded](t, answer), into[imageInfo](t, p.get("/api/runs/0/images/4"))
	if !slices.Equal(e.Mu, info.Mu) || !slices.Equal(e.Logvar, info.Logvar) || e.Place[0] != e.Mu[0] || e.Ellipse == nil || len(e.Scores) != 4 {
		t.Errorf("%+v", e)
	}
	if !bytes.Equal(e.Input, r.split.Set.Image(4)) {
		t.Error("other pixels")
	}
	if status, answer := post("image/png", []byte("an image")); status != http.StatusOK || !strings.Contains(string(answer), base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{9}, 24))) {
		t.Errorf("%d: %s", status, answer)
	}
	if status, answer := post("image/png", []byte("none")); status != http.StatusUnprocessableEntity || !strings.Contains(string(answer), "this is no image") {
		t.Errorf("%d: %s", status, answer)
	}
	if status, answer := post("application/octet-stream", make([]byte, 23)); status != http.StatusBadRequest || !strings.Contains(string(answer), "23 bytes") {
		t.Errorf("%d: %s", status, answer)
	}
}

func TestSelection(t *testing.T) {
	p := newPage(t, newRun(t, nil), nil)
	chosen := []byte{1, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0}
	sel := into[selection](t, p.post("/api/runs/0/selection", chosen))
	if sel.Count != 3 || sel.Labels[0] != (labelled{"b", 2}) || len(sel.Differs) != testLatent || len(sel.Image) != testShape.Pixels() {
		t.Errorf("%+v", sel)
	}
	if text := string(p.post("/api/runs/0/selection/csv", chosen)); text != "image,name,label\n1,00001,b\n3,00003,b\n4,00004,a\n" {
		t.Errorf("%q", text)
	}
	codes := p.post("/api/runs/0/selection/npy", chosen)
	values := floatsFrom(t, codes[len(codes)-4*3*testLatent:])
	if mu := into[imageInfo](t, p.get("/api/runs/0/images/3")).Mu; !bytes.Contains(codes, []byte("(3, 3)")) || !slices.Equal(values[testLatent:2*testLatent], mu) {
		t.Errorf("%q", codes)
	}
	p.refused("POST", "/api/runs/0/selection/exe", chosen, http.StatusNotFound, "csv or npy")
	p.refused("POST", "/api/runs/0/selection", []byte{60, 0, 0, 0}, http.StatusBadRequest, "no image 60")
	p.refused("POST", "/api/runs/0/selection", []byte{255, 255, 255, 255}, http.StatusBadRequest, "no image 4294967295")
	p.refused("POST", "/api/runs/0/direction?first=1", make([]byte, 8*testImages+4), http.StatusRequestEntityTooLarge, "too much")
	p.refused("POST", "/api/runs/0/direction?first=3", chosen, http.StatusBadRequest, "leaves one of the selections empty")
	p.refused("POST", "/api/runs/0/selection", nil, http.StatusBadRequest, "no numbers")
	p.refused("POST", "/api/runs/0/selection", make([]byte, 4*testImages+4), http.StatusRequestEntityTooLarge, "too much")
}

// A picture is what a command draws, and the line that is copied is that command.
func TestPicturesAreCommands(t *testing.T) {
	p := newPage(t, newRun(t, nil), nil)
	for query, want := range map[string]Drawing{
		"kind=interpolate&images=3,5":                           {Kind: "interpolate", Images: []string{"images/00003", "images/00005"}},
		"kind=interpolate&images=3,5&path=graph&steps=7":        {Kind: "interpolate", Images: []string{"images/00003", "images/00005"}, Path: "graph", Among: "images", Steps: 7},
		"kind=traverse&images=2&latents=0,2":                    {Kind: "traverse", Images: []string{"images/00002"}, Latents: []int{0, 2}},
		"kind=manifold&latents=0,2":                             {Kind: "manifold", Latents: []int{0, 2}},
		"kind=interpolate&images=3,5&path=spherical&format=gif": {Kind: "interpolate", Images: []string{"images/00003", "images/00005"}, Path: "spherical", Film: true},
		"kind=sample&steps=24":                                  {Kind: "sample", Steps: 24, Seed: 1},
		"kind=sample&seed=7":                                    {Kind: "sample", Seed: 7},
	} {
		want.Model = "runs/a b"
		for _, as := range []string{"", "&as=command"} {
			if got := string(p.get("/api/runs/0/picture?" + query + as)); got != fmt.Sprintf("%+v", want) {
				t.Errorf("%s: %s, want %+v", query+as, got, want)
			}
		}
	}
	for _, query := range []string{"kind=train", "kind=../sample", "", "kind=interpolate", "kind=interpolate&images=1", "kind=interpolate&images=1,2&path=--output", "kind=traverse&latents=3",
		"kind=traverse&latents=0%20--output%20x", "kind=traverse&images=1,2", "kind=interpolate&images=1,2&steps=1000", "kind=interpolate&images=..%2f1,2", "kind=manifold&format=gif", "kind=sample&format=gif", "kind=sample&images=1", "kind=sample&latents=1", "kind=sample&seed=0", "kind=sample&seed=x"} {
		p.refused("GET", "/api/runs/0/picture?"+query, nil, http.StatusBadRequest, "")
	}
}
