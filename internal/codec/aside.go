package codec

import (
	"context"
	"fmt"
	"runtime"

	"vae/internal/console"
	"vae/internal/memory"
	"vae/internal/trace"
	"vae/internal/vaez"
)

// aside has something done beside what comes next. A panic is handed on to failed.
func aside[T any](do func() T, failed func(error) T) chan T {
	done := make(chan T, 1)
	go func() {
		defer func() {
			if r := recover(); r != nil {
				done <- failed(trace.Recovered(r))
			}
		}()
		done <- do()
	}()
	return done
}

// received is what is done aside, or the error of a context that ends before: what is at work then is left to itself, and ends with the
// next image or step. An image by context can take half a minute, and who interrupts does not wait for that.
func received[T any](ctx context.Context, done <-chan T) (result T, err error) {
	if err := ctx.Err(); err != nil {
		return result, err
	}
	select {
	case result = <-done:
		return result, nil
	case <-ctx.Done():
		return result, ctx.Err()
	}
}

// patient does what takes long, unless a context ends before.
func patient(ctx context.Context, do func() error) error {
	err, ended := received(ctx, aside(do, func(err error) error { return err }))
	if ended != nil {
		return ended
	}
	return err
}

// few are bytes of a block that are never too many.
const few = 64 << 20

// Choices that are kept of a value, at least and usually, of more than two levels.
const (
	leastChoices = 2
	usualChoices = 10
)

// side is how many blocks of so many images are worked on side by side, so that there is the memory for them. The error is of a block for
// which alone there is not enough, as a file of few bytes may claim.
func side(available func() memory.Limit, h vaez.Head, images int, writes bool) (int, error) {
	all, shape := runtime.GOMAXPROCS(0)+1, contextShape(h)
	least, usual := float64(shape.Bytes(images, 0)), float64(shape.Bytes(images, 0))
	if writes {
		least, usual = float64(shape.Bytes(images, leastChoices)), float64(shape.Bytes(images, usualChoices))
	}
	if usual <= few {
		return all, nil
	}
	limit, advice := available(), "do that where there is more"
	if writes && images > 1 {
		advice = "put fewer images into a block, or " + advice
	}
	if least > limit.Bytes {
		return 0, fmt.Errorf("a block of %s of %dx%dx%d needs about %s of memory, and there are %s: %s", console.Count(images, "image"), h.Width, h.Height, h.Channels, memory.Text(least), limit, advice)
	}
	return min(all, max(1, int(limit.Bytes/2/usual))), nil
}
