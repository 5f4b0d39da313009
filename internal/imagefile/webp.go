package imagefile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"io"
	"iter"

	"golang.org/x/image/webp"
)

// readWebP reads a WebP image, or of an animation the first frame or all, each on the
// canvas.
func readWebP(j *job) (pages int, err error) {
	if !isAnimatedWebP(j.data) {
		return still(reading(webp.DecodeConfig), func(data []byte) (image.Image, error) { return plainWebP(bytes.NewReader(data)) })(j)
	}
	w, h := uint24(j.data[24:])+1, uint24(j.data[27:])+1
	if _, err := webp.DecodeConfig(bytes.NewReader(j.data)); err != nil {
		return 0, err
	}
	if err := j.begin(w, h); err != nil {
		return 0, err
	}
	if !j.o.All {
		return j.firstWebP(image.Rect(0, 0, w, h))
	}
	c := newCanvas(w, h, false)
	for frame, err := range webpFrames(j.data) {
		if err == nil {
			err = drawWebP(c, frame)
		}
		if err == nil {
			err = j.show(pages, c)
		}
		if err != nil {
			return pages, fmt.Errorf("page %d: %w", pages+1, err)
		}
		pages++
	}
	if pages == 0 {
		return 0, errors.New("webp: an animation without a frame")
	}
	return pages, nil
}

// firstWebP reads the first frame of an animation and counts the others.
func (j *job) firstWebP(screen image.Rectangle) (pages int, err error) {
	for frame, err := range webpFrames(j.data) {
		if err != nil && pages > 0 {
			break
		}
		if err == nil && pages == 0 {
			var img image.Image
			var at image.Rectangle
			if img, at, err = decodeWebPFrame(frame, screen); err == nil {
				err = j.give(0, upright(convert(onCanvas(img, at, screen.Dx(), screen.Dy()), j.o.Channels), j.exif.orientation(j.data)))
			}
		}
		if err != nil {
			return pages, err
		}
		pages++
	}
	if pages == 0 {
		return 0, errors.New("webp: an animation without a frame")
	}
	return pages, nil
}

func isAnimatedWebP(data []byte) bool {
	const animated = 1 << 1
	return len(data) >= 30 && string(data[12:16]) == "VP8X" && data[20]&animated != 0
}

// plainWebP reads an image that is not animated.
func plainWebP(r io.Reader) (image.Image, error) {
	img, err := webp.Decode(r)
	if err != nil {
		return nil, err
	}
	return inVideoRange(img), nil
}

// frameHeader is the size of what an ANMF chunk holds before the frame's own
// chunks: offset, size, duration and flags, of 24, 24, 24, 24, 24 and 8 bits.
const frameHeader = 16

// webpFrames are the contents of the ANMF chunks, each more than its header, up to
// where the file breaks off, which is an error.
func webpFrames(data []byte) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for rest := data[min(12, len(data)):]; len(rest) >= 8; {
			id, n := string(rest[:4]), uint64(binary.LittleEndian.Uint32(rest[4:]))
			rest = rest[8:]
			whole := n <= uint64(len(rest))
			content := rest[:min(n, uint64(len(rest)))]
			rest = rest[min(n+n%2, uint64(len(rest))):]
			switch {
			case id != "ANMF":
			case !whole || n <= frameHeader+8:
				yield(nil, io.ErrUnexpectedEOF)
				return
			case !yield(content, nil):
				return
			}
		}
	}
}

// decodeWebPFrame decodes a frame, which x/image/webp passes over: its chunks are
// handed to it as a file.
func decodeWebPFrame(frame []byte, screen image.Rectangle) (image.Image, image.Rectangle, error) {
	at := image.Rect(0, 0, uint24(frame[6:])+1, uint24(frame[9:])+1).Add(image.Pt(2*uint24(frame), 2*uint24(frame[3:])))
	if !at.In(screen) {
		return nil, at, errors.New("webp: a frame beyond the canvas")
	}
	img, err := plainWebP(asFile(frame))
	if err == nil && img.Bounds().Size() != at.Size() {
		err = errors.New("webp: a frame of another size than it claims")
	}
	return img, at, err
}

// drawWebP decodes a frame onto the canvas.
func drawWebP(c *canvas, frame []byte) error {
	img, at, err := decodeWebPFrame(frame, c.img.Bounds())
	if err != nil {
		return err
	}
	const clears, replaces = 1, 2
	after := keep
	if frame[15]&clears != 0 {
		after = clearAway
	}
	c.draw(img, at, frame[15]&replaces == 0, after)
	return nil
}

// asFile is a WebP file of the chunks of a frame. Its header says whether the
// first of them is alpha, which x/image/webp holds against what comes.
func asFile(frame []byte) io.Reader {
	const alpha = 1 << 4
	chunks := frame[frameHeader:]
	head := append([]byte("RIFF????WEBPVP8X\x0a\x00\x00\x00\x00\x00\x00\x00"), frame[6:12]...)
	binary.LittleEndian.PutUint32(head[4:], uint32(len(head)-8+len(chunks)))
	if string(chunks[:4]) == "ALPH" {
		head[20] = alpha
	}
	return io.MultiReader(bytes.NewReader(head), bytes.NewReader(chunks))
}

func uint24(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }
