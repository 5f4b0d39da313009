package serve

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"vae/internal/model"
)

// changed is another model of the same network.
func changed(t *testing.T, by float32) *model.Model {
	t.Helper()
	other := newRun(t, nil)
	for _, param := range other.model.Params() {
		for i := range param.Value {
			param.Value[i] *= by
		}
	}
	return other.model
}

// A model that is replaced while nobody looks is loaded when somebody does, once, and a page that opens then sees it.
func TestModelIsLoadedWhenSomebodyLooks(t *testing.T) {
	r := newRun(t, nil)
	var loads atomic.Int32
	r.loading = func() { loads.Add(1) }
	p := newPage(t, r, func(o *Options) { o.Watch = time.Millisecond })
	before := into[runInfo](t, p.get("/api/runs/0"))
	r.becomes(t, changed(t, 1.5), nil, "another")
	time.Sleep(50 * time.Millisecond)
	if n := loads.Load(); n != 1 {
		t.Errorf("%d loads while nobody looks", n-1)
	}
	if after := into[struct{ Runs []runInfo }](t, p.get("/api/runs")); after.Runs[0].Digest == before.Digest || loads.Load() != 2 {
		t.Errorf("a page that opens sees the model before; %d loads", loads.Load())
	}
	r.becomes(t, changed(t, 2), nil, "a third one")
	a, err := http.Get(p.http.URL + "/api/events")
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	nextEvent(t, bufio.NewReader(a.Body), `"model"`) // as soon as somebody listens
}

// Whoever asks for nothing but pictures has the newest, too, a little later.
func TestModelIsLoadedForWhoeverAsks(t *testing.T) {
	r := newRun(t, nil)
	p := newPage(t, r, func(o *Options) { o.Watch = time.Millisecond })
	z := appendFloats(nil, make([]float32, testLatent))
	before := string(p.post("/api/runs/0/decode", z))
	r.becomes(t, changed(t, 1.5), nil, "another")
	for range 1000 {
		if string(p.post("/api/runs/0/decode", z)) != before {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Error("the model before is still shown")
}

// A page that opens while a model is loaded that never ends is shown the one before.
func TestNobodyWaitsForALoadThatHangs(t *testing.T) {
	r := newRun(t, nil)
	p := newPage(t, r, func(o *Options) { o.Watch = time.Hour })
	hang := make(chan struct{})
	begun := make(chan struct{})
	r.loading = func() { close(begun); <-hang }
	defer close(hang)
	ctx, cancel := context.WithCancel(t.Context())
	if err := os.WriteFile(r.file, []byte("another"), 0o666); err != nil {
		t.Fatal(err)
	}
	go func() { <-begun; cancel() }() // who waited has gone
	p.server.runs[0].fresh(ctx)
	if ctx.Err() == nil {
		t.Fatal("it did not wait")
	}
	p.server.runs[0].fresh(ctx)
	p.post("/api/runs/0/decode", appendFloats(nil, make([]float32, testLatent)))
}

// A run that is removed and put back is shown as before, with its maps; so is one whose load panics for a while.
func TestRunThatIsPutBack(t *testing.T) {
	r := newRun(t, nil)
	p := newPage(t, r, nil)
	state := p.server.runs[0].now()
	if _, err := state.mapOf("pca"); err != nil {
		t.Fatal(err)
	}
	about := func() runInfo { return into[runInfo](t, p.get("/api/runs/0")) }
	before := about()
	r.mu.Lock()
	r.fail = errors.New("there is none")
	r.mu.Unlock()
	if err := os.Remove(r.file); err != nil {
		t.Fatal(err)
	}
	if gone := about(); gone.Fault != "there is none" || gone.Digest != before.Digest {
		t.Errorf("%+v", gone)
	}
	p.get("/api/runs/0/points?map=pca")
	r.becomes(t, r.model, nil, "1")
	if again := about(); again.Fault != "" || again.Digest != before.Digest || p.server.runs[0].now() != state || state.ctx.Err() != nil {
		t.Errorf("%+v", again)
	}
	r.loading = func() { panic("a page of a file that is gone") }
	r.becomes(t, r.model, nil, "another")
	if failed := about(); failed.Fault != "a page of a file that is gone" {
		t.Errorf("%+v", failed)
	}
	r.mu.Lock()
	r.loading = nil
	r.mu.Unlock()
	p.server.runs[0].watched.failed = time.Now().Add(-retryEvery) // the file is the same, and is read again
	if again := about(); again.Fault != "" {
		t.Errorf("%+v", again)
	}
}

// counting counts who has asked to hear of its end.
type hearing struct {
	context.Context
	heard atomic.Int32
}

func (h *hearing) AfterFunc(func()) func() bool {
	h.heard.Add(1)
	return func() bool { h.heard.Add(-1); return true }
}

// Done is another channel than that of the context within, which package context would know.
func (h *hearing) Done() <-chan struct{} { return make(chan struct{}) }

func TestALoadThatFailsLeavesNothing(t *testing.T) {
	r := newRun(t, nil)
	ctx := &hearing{Context: t.Context()}
	o := newOpened(ctx, 0, r.source(), newNews())
	if err := o.load(); err != nil || ctx.heard.Load() != 1 {
		t.Fatalf("%v, %d hear of the end", err, ctx.heard.Load())
	}
	for _, param := range r.model.Params() {
		param.Value[0] = float32(math.NaN())
	}
	if err := o.load(); err == nil || !strings.Contains(err.Error(), "no finite number") || ctx.heard.Load() != 1 {
		t.Errorf("%v, %d hear of the end", err, ctx.heard.Load())
	}
}

// A request that finds its model replaced is answered of the next one, its body read from the beginning; not for ever.
func TestAnswersOfReplacedModels(t *testing.T) {
	p := newPage(t, newRun(t, nil), nil)
	for _, fails := range []int{0, 1, mostModels - 1, mostModels} {
		left := fails
		h := p.server.answered(func(q *http.Request) (reply, error) {
			part := make([]byte, 3)
			if _, err := io.ReadFull(q.Body, part); err != nil {
				return reply{}, err
			}
			if left--; left >= 0 {
				return reply{}, fmt.Errorf("of a map: %w", context.Canceled)
			}
			rest, err := io.ReadAll(q.Body)
			return reply{kind: "text/plain", body: append(part, rest...)}, err
		})
		w := httptest.NewRecorder()
		h(w, httptest.NewRequest("POST", "/", strings.NewReader("codes of it")))
		if want := http.StatusOK; fails < mostModels && (w.Code != want || w.Body.String() != "codes of it") || fails == mostModels && w.Code != http.StatusConflict {
			t.Errorf("after %d models: %d, %q", fails, w.Code, w.Body)
		}
	}
}
