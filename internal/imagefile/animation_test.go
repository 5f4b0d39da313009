package imagefile

import (
	"bytes"
	"encoding/binary"
	"testing"
	"time"
)

// Frames that are not on the canvas, not there or not whole are errors.
func TestDecodeDamagedAnimation(t *testing.T) {
	good := fixture(t, "part-lossless.webp")
	frame := bytes.Index(good, []byte("ANMF")) + 8
	change := func(at int, with ...byte) []byte {
		b := bytes.Clone(good)
		copy(b[at:], with)
		return b
	}
	for _, c := range []struct {
		name    string
		content []byte
		want    string
	}{
		{"far right", change(frame, 5), "a frame beyond the canvas"},
		{"far away", change(frame, 0xff, 0xff, 0xff), "a frame beyond the canvas"},
		{"wide", change(frame+6, 200), "a frame beyond the canvas"},
		{"of another size", change(frame+6, 14), "invalid format"},
		{"no frame", bytes.ReplaceAll(good, []byte("ANMF"), []byte("NONE")), "an animation without a frame"},
		{"no image", change(frame+frameHeader, 'N', 'O', 'N', 'E'), "invalid format"},
		{"vast canvas", change(24, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff), "cannot be decoded: webp"},
		{"large canvas", change(24, 0xff, 0x1f, 0, 0xff, 0x3f, 0), "claims 8192x16384 pixels"},
	} {
		_, err := decoded(c.content, "x.webp", Options{})
		t.Run(c.name, func(t *testing.T) { wantError(t, err, "x.webp: ", c.want) })
	}
	short := bytes.Clone(good[:frame+frameHeader+4])
	binary.LittleEndian.PutUint32(short[4:], uint32(len(short)-8))
	binary.LittleEndian.PutUint32(short[frame-4:], uint32(len(short)-frame))
	_, err := decoded(short, "x.webp", Options{})
	wantError(t, err, "x.webp: ends too early, it is truncated")
}

// Of all goroutines one holds a big image.
func TestOneTurnAtATime(t *testing.T) {
	var first turn
	first.take()
	first.take() // is the same
	second := make(chan bool)
	go func() {
		var t turn
		t.take()
		second <- true
		t.end()
	}()
	select {
	case <-second:
		t.Error("two at a time")
	case <-time.After(20 * time.Millisecond):
	}
	first.end()
	if !<-second {
		t.Error("the turn does not pass on")
	}
}
