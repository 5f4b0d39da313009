package codec

import (
	"io"
	"testing"
	"time"

	"vae/internal/memory"
	"vae/internal/vaez"
)

// The blocks behind a first one that cannot settle the coding end too.
func TestFirstBlockThatPanics(t *testing.T) {
	k := kinds["conditional"]
	m, all := k.model(t), k.images(60, 1)
	for i := range 5 {
		all[i].Class = 99
	}
	w, err := NewWriter(t.Context(), io.Discard, k.head(), Options{Model: m, Samples: 1, Block: 5})
	for i := 0; i < len(all) && err == nil; i++ {
		err = w.Add(all[i])
	}
	if err == nil {
		t.Fatal("images of a class that is none are compressed")
	}
	if len(w.pending) < 2 {
		t.Fatalf("%d blocks are at work", len(w.pending))
	}
	for i, done := range w.pending[1:] { // the first has been received

		select {
		case block := <-done:
			if block.err == nil {
				t.Errorf("block %d is coded", i+2)
			}
		case <-time.After(time.Minute):
			t.Fatalf("block %d waits for the first for good", i+2)
		}
	}
}

// Blocks of a few small images do not ask how much memory there is, which takes longer than they do.
func TestSmallBlocksDoNotAskForMemory(t *testing.T) {
	for _, levels := range []int{2, 256} {
		for _, writes := range []bool{true, false} {
			asked := func() memory.Limit {
				t.Errorf("%d levels, writes %v: it is asked", levels, writes)
				return memory.Available()
			}
			if _, err := side(asked, vaez.Head{Width: 28, Height: 28, Channels: 1, Levels: levels}, 100, writes); err != nil {
				t.Error(err)
			}
		}
	}
}
