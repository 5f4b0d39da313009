package world_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"vae/internal/world"
	"vae/internal/world/crowd"
)

// Whatever a complaint begins and ends with, all hear it as it is.
func TestAgree(t *testing.T) {
	for _, complaint := range []string{"x", "\x00<lr 0.1>\x00", "\x00<lr 0.1>\x00 is wrong", "try \x00<lr>\x00", strings.Repeat("y", 9000)} {
		for rank, err := range crowd.Run(4, func(w world.World) error {
			if w.Rank() == 2 {
				return world.Agree(w, complaint)
			}
			return world.Agree(w, "")
		}) {
			if want := "process 2: " + complaint[:min(len(complaint), 4096)]; err == nil || err.Error() != want {
				t.Errorf("rank %d: %v", rank, err)
			}
		}
	}
	for rank, err := range crowd.Run(2, func(w world.World) error { return world.Agree(w, "") }) {
		if err != nil {
			t.Errorf("rank %d: %v", rank, err)
		}
	}
}

// Work of one's own ends everywhere with what one meets, and not before all have left it.
func TestMeanwhile(t *testing.T) {
	mention := errors.New("\x00<batch 6>\x00 does not fit")
	for name, of := range map[string]struct {
		err  error
		want string
	}{"none": {nil, ""}, "one fails": {mention, mention.Error()}, "one fails without a word": {errors.New(""), "failed"}, "one is stopped": {context.Canceled, context.Canceled.Error()}} {
		left := make([]bool, 4)
		for rank, err := range crowd.Run(4, func(w world.World) error {
			return world.Meanwhile(context.Background(), w, func(ctx context.Context) error {
				defer func() { left[w.Rank()] = true }()
				switch {
				case w.Rank() == 1:
					return of.err
				case of.err == nil:
					time.Sleep(time.Duration(w.Rank()) * 150 * time.Millisecond) // longer than a heartbeat
					return nil
				}
				<-ctx.Done()
				return ctx.Err()
			})
		}) {
			if !left[rank] {
				t.Errorf("%s: rank %d is still at work", name, rank)
			}
			switch {
			case of.err == nil && err != nil, of.err != nil && err == nil:
				t.Errorf("%s: rank %d: %v", name, rank, err)
			case rank == 1 && err != of.err, rank != 1 && err != nil && !strings.Contains(err.Error(), of.want):
				t.Errorf("%s: rank %d: %v, want %q", name, rank, err, of.want)
			}
		}
	}
	own := errors.New("alone")
	if err := world.Meanwhile(context.Background(), nil, func(context.Context) error { return own }); err != own {
		t.Errorf("%v", err)
	}
}
