package serve

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"time"
)

// Who waits for a value may go: it is made for the others, once.
func TestOnceIsNotWaitedFor(t *testing.T) {
	var o once[int]
	made, begun, release := 0, make(chan struct{}), make(chan struct{})
	value := func(context.Context) (int, error) {
		made++
		close(begun)
		<-release
		return 7, nil
	}
	ctx, cancel := context.WithCancel(t.Context())
	gone := make(chan error)
	go func() {
		_, err := o.get(ctx, t.Context(), value)
		gone <- err
	}()
	<-begun
	o.join(t.Context(), value) // another one waits
	cancel()
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	close(release)
	if v, err := o.get(t.Context(), t.Context(), value); v != 7 || err != nil || made != 1 {
		t.Errorf("%d, %v, made %d times", v, err, made)
	}
}

// What has failed once is made anew: a panic, a file that was cut short for a moment.
func TestOnceKeepsNoError(t *testing.T) {
	var o once[int]
	if _, err := o.get(t.Context(), t.Context(), func(context.Context) (int, error) { panic("broken") }); err == nil || err.Error() != "broken" {
		t.Error(err)
	}
	for range 2 {
		if v, err := o.get(t.Context(), t.Context(), func(context.Context) (int, error) { return 7, nil }); v != 7 || err != nil {
			t.Errorf("%d, %v", v, err)
		}
	}
}

// What nobody waits for any more is given up, and made for whoever asks then, not beside the one that ends.
func TestOnceEndsWhenNobodyWaits(t *testing.T) {
	var o once[int]
	ctx, cancel := context.WithCancel(t.Context())
	_, err := o.get(ctx, t.Context(), func(within context.Context) (int, error) {
		cancel()
		<-within.Done() // else the test has no end
		return 0, within.Err()
	})
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if v, err := o.get(t.Context(), t.Context(), func(context.Context) (int, error) { return 7, nil }); v != 7 || err != nil {
		t.Errorf("%d, %v", v, err)
	}
}

func TestTurnsAreNotWaitedFor(t *testing.T) {
	turn := newTurns(1, 2)
	ctx, cancel := context.WithCancel(t.Context())
	err := turn.take(t.Context(), func() error {
		gone := make(chan error)
		go func() { gone <- turn.take(ctx, func() error { t.Error("it worked beside another"); return nil }) }()
		for turn.waiting.Load() < 2 {
			time.Sleep(time.Millisecond)
		}
		var f *fault
		if err := turn.take(t.Context(), func() error { return nil }); !errors.As(err, &f) || f.status != http.StatusTooManyRequests {
			t.Errorf("a third one: %v", err)
		}
		cancel()
		return <-gone
	})
	if !errors.Is(err, context.Canceled) || turn.waiting.Load() != 0 {
		t.Errorf("%v, %d wait", err, turn.waiting.Load())
	}
	if err := turn.take(t.Context(), func() error { return nil }); err != nil {
		t.Error(err)
	}
}

// Of what takes all cores for a moment, few are at work at once, and of very many at once some are told to come again.
func TestFloodOfLightRequests(t *testing.T) {
	p := newPage(t, newRun(t, nil), nil)
	light := p.server.runs[0].light
	z := appendFloats(nil, make([]float32, testLatent))
	for _, c := range []struct {
		method, path string
		body         []byte
	}{
		{"GET", "values?of=z1", nil}, {"GET", "thumbs?images=1,2", nil}, {"GET", "course", nil}, {"GET", "search?name=a", nil}, {"POST", "near", z}, {"POST", "selection", []byte{1, 0, 0, 0}},
		{"POST", "selection/npy", []byte{1, 0, 0, 0}}, {"POST", "direction?first=1", []byte{1, 0, 0, 0, 2, 0, 0, 0}},
	} {
		for range lightTurns {
			light.free <- struct{}{}
		}
		var wg sync.WaitGroup
		var mu sync.Mutex
		counts := map[int]int{}
		for range mostLight + 20 {
			wg.Go(func() {
				q, err := http.NewRequest(c.method, p.http.URL+"/api/runs/0/"+c.path, bytes.NewReader(c.body))
				if err != nil {
					t.Error(err)
					return
				}
				a, err := http.DefaultClient.Do(q)
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
		for refused := 0; refused < 20; time.Sleep(time.Millisecond) {
			mu.Lock()
			refused = counts[http.StatusTooManyRequests]
			mu.Unlock()
		}
		for range lightTurns {
			<-light.free
		}
		wg.Wait()
		if counts[http.StatusOK] != mostLight || light.waiting.Load() != 0 {
			t.Errorf("%s: answers %v, %d wait", c.path, counts, light.waiting.Load())
		}
	}
}

// An image that is pointed at is told of at once, however much else is under way: no neighbors are looked for.
func TestImageNeedsNoTurn(t *testing.T) {
	p := newPage(t, newRun(t, nil), nil)
	light := p.server.runs[0].light
	light.waiting.Add(mostLight)
	defer light.waiting.Add(-mostLight)
	if info := into[map[string]any](t, p.get("/api/runs/0/images/3")); info["near"] != nil || info["image"] != 3.0 {
		t.Errorf("%v", info)
	}
}
