package serve

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// A reply's tag and the name of a kept map are others where anything is another that they depend on, though the codes are the same; else
// a browser, or a folder, would give out what belongs to other data.
func TestTagsDependOnAllThatRepliesDependOn(t *testing.T) {
	blind := func() *testRun { // a model whose codes depend on no image
		r := newRun(t, nil)
		for _, param := range r.model.Params() {
			if param.Name == "encoder.0.weight" {
				clear(param.Value)
			}
		}
		return r
	}
	tags := func(r *testRun, change func(*Options)) (tags []string, digest, kept string) {
		p := newPage(t, r, change)
		for _, path := range []string{"values?of=label", "values?of=mse", "points?map=z:0,1"} {
			_, header, _ := p.ask("GET", "/api/runs/0/"+path, nil, nil)
			tags = append(tags, header.Get("ETag"))
			if status, _, _ := p.ask("GET", "/api/runs/0/"+path, nil, func(q *http.Request) { q.Header.Set("If-None-Match", header.Get("ETag")) }); status != http.StatusNotModified {
				t.Errorf("%s: asked for again, %d", path, status)
			}
		}
		s := p.server.runs[0].now()
		return tags, s.digest, fmt.Sprint(s.kept("tsne"))
	}
	first, digest, kept := tags(blind(), nil)
	if again, same, keptAgain := tags(blind(), nil); strings.Join(again, " ") != strings.Join(first, " ") || same != digest || kept != keptAgain {
		t.Errorf("of the same %v, %v", first, again)
	}
	for what, c := range map[string]struct {
		change func(*testRun)
		page   func(*Options)
		kept   bool // maps are the same
	}{
		"labels":      {change: func(r *testRun) { r.split.Set.Labels[3] = 0 }, kept: true},
		"a class":     {change: func(r *testRun) { r.split.Set.Classes[1] = "c" }, kept: true},
		"names":       {change: func(r *testRun) { r.split.Set.Names = make([]string, testImages) }, kept: true},
		"a pixel":     {change: func(r *testRun) { r.split.Set.Pixels[99]++ }, kept: true},
		"the order":   {change: func(r *testRun) { r.split.Index[0], r.split.Index[1] = 1, 0 }, kept: true},
		"the program": {page: func(o *Options) { o.Version = "vae 1" }, kept: true},
		"the decoder": {change: func(r *testRun) {
			params := r.model.Params()
			params[len(params)-1].Value[0]++
		}},
	} {
		r := blind()
		if c.change != nil {
			c.change(r)
		}
		others, other, keptOther := tags(r, c.page)
		for i, tag := range others {
			if tag == first[i] || len(tag) < 10 {
				t.Errorf("%s: the tag is %s as before", what, tag)
			}
		}
		if other == digest || (keptOther == kept) != c.kept {
			t.Errorf("%s: digest %s and map %s, before %s and %s", what, other, keptOther, digest, kept)
		}
	}
}

// A map of a model that the run has no longer is not kept: it would take the place of those of the one that it has.
func TestMapsOfAModelThatIsGoneAreNotKept(t *testing.T) {
	r := newRun(t, nil)
	p := newPage(t, r, nil)
	run := p.server.runs[0]
	s := run.now()
	places := make([]float32, 2*testImages)
	run.keep(s, "tsne", places)
	if len(r.kept) != 1 {
		t.Fatal("not kept")
	}
	r.becomes(t, changed(t, 1.5), nil, "another")
	run.keep(s, "umap", places)
	if len(r.kept) != 1 {
		t.Error("kept of a model whose file is gone")
	}
	p.get("/api/runs/0")
	run.keep(s, "umap", places)
	if len(r.kept) != 1 {
		t.Error("kept of a model that is shown no longer")
	}
	run.keep(run.now(), "umap", places)
	if len(r.kept) != 2 {
		t.Error("not kept")
	}
}
