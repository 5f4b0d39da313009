package cli

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"

	"vae/internal/codec"
	"vae/internal/console"
	"vae/internal/npy"
	"vae/internal/render"
)

// leftOut is about an image that has no file, though the others have.
type leftOut struct{ error }

// folder writes each image to a PNG of its name.
func (w *decompressing) folder() error {
	h, folder, taken := w.file.Head, w.out.images(), console.Names{}
	defer folder.Close()
	return w.each(func(name string, values []uint16) error {
		if path := folder.File(name); !taken.Add(path) {
			return leftOut{fmt.Errorf("%q: %s holds another image of such a name already", console.Brief(name), path)}
		}
		err := folder.Write(name, func(to io.Writer) error { return render.PNGLevels(to, h.Width, h.Height, h.Channels, h.Levels, values) })
		if console.BadName(err) {
			return leftOut{err}
		}
		return err
	})
}

// array writes all images to one file, whose head says how many they are.
func (w *decompressing) array(to io.Writer) error {
	h := w.file.Head
	if w.out.format == "idx" && (h.Channels != 1 || h.Levels > 256) {
		return usagef("--format idx holds grey images of 8 bits, and these are %dx%dx%d of %s levels: use npy, or a folder", h.Width, h.Height, h.Channels, console.Comma(h.Levels))
	}
	spool, err := os.CreateTemp("", "vae-images-")
	if err != nil {
		return spoolError(err)
	}
	removed := os.Remove(spool.Name()) == nil // so that nothing stays of a program that is killed, where the system allows it
	defer func() {
		_ = spool.Close() // what was read of it is all that counts
		if !removed {
			_ = os.Remove(spool.Name())
		}
	}()
	buffered := bufio.NewWriterSize(spool, 1<<16)
	var line []byte
	if err := w.each(func(_ string, values []uint16) error {
		line = codec.AppendValues(line[:0], render.Levels(values, h.Levels), h.Levels)
		_, err := buffered.Write(line)
		return spoolError(err)
	}); err != nil {
		return err
	}
	if err := w.none(); err != nil {
		return err
	}
	if err := buffered.Flush(); err != nil {
		return spoolError(err)
	}
	if _, err := spool.Seek(0, io.SeekStart); err != nil {
		return spoolError(err)
	}
	head, err := w.arrayHead()
	if err != nil {
		return err
	}
	if _, err := to.Write(head); err != nil {
		return err
	}
	_, err = io.Copy(to, spool)
	return err
}

func spoolError(err error) error {
	if err == nil {
		return nil
	}
	return render.SpoolError("the images", err)
}

// arrayHead stands before the values of all images.
func (w *decompressing) arrayHead() ([]byte, error) {
	h := w.file.Head
	if w.out.format == "npy" {
		inner, bytes := []int{h.Height, h.Width}, 1
		if h.Channels > 1 {
			inner = append(inner, h.Channels)
		}
		if h.Levels > 256 {
			bytes = 2
		}
		head, _, err := npy.UintHeader(bytes, w.images, inner...)
		return head, err
	}
	if w.images > math.MaxInt32 {
		return nil, fmt.Errorf("--format idx holds at most %s images: use npy", console.Comma(math.MaxInt32))
	}
	head := []byte{0, 0, 8, 3} // bytes, three dimensions
	for _, n := range []int{w.images, h.Height, h.Width} {
		head = binary.BigEndian.AppendUint32(head, uint32(n))
	}
	return head, nil
}
