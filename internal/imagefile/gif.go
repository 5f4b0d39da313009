package imagefile

import (
	"bytes"
	"fmt"
	"image"
	"image/gif"
	"io"
	"iter"
)

// readGIF reads the first frame of a GIF, or all, each on the canvas.
func readGIF(j *job) (pages int, err error) {
	if !j.o.All {
		if _, err := still(reading(gif.DecodeConfig), decodeGIF)(j); err != nil {
			return 0, err
		}
		for _, err := range gifFrames(j.data) {
			if err == nil {
				pages++
			}
		}
		return max(1, pages), nil
	}
	size, err := gif.DecodeConfig(bytes.NewReader(j.data))
	if err != nil {
		return 0, err
	}
	if err := j.begin(size.Width, size.Height); err != nil {
		return 0, err
	}
	c := newCanvas(size.Width, size.Height, false)
	for f, err := range gifFrames(j.data) {
		if err == nil {
			err = f.draw(c)
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
		return 0, io.ErrUnexpectedEOF
	}
	return pages, nil
}

// decodeGIF is the first frame of a GIF.
func decodeGIF(data []byte) (image.Image, error) {
	c, err := gif.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	frame, err := gif.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	return onCanvas(frame, frame.Bounds(), c.Width, c.Height), nil
}

// gifFrame is a frame as a GIF of its own, and what becomes of it.
type gifFrame struct {
	parts [][]byte // start, control, frame
	after disposal
}

// gifFrames are the frames of a GIF, up to its end or to where it breaks off, which is
// an error.
func gifFrames(data []byte) iter.Seq2[gifFrame, error] {
	return func(yield func(gifFrame, error) bool) {
		const screen = 6 + 7
		if len(data) < screen {
			return
		}
		at := screen + colorTable(data[10])
		var control []byte
		for at < len(data) && data[at] != 0x3b {
			start := at
			switch data[at] {
			case 0x21: // an extension
				if at = skipBlocks(data, at+2); at > 0 && data[start+1] == 0xf9 && at-start >= 8 {
					control = data[start:at]
				}
			case 0x2c: // a frame
				if at += 10; at < len(data) {
					at = skipBlocks(data, at+colorTable(data[at-1])+1)
				} else {
					at = 0
				}
				if at == 0 {
					break
				}
				f := gifFrame{parts: [][]byte{data[:min(screen+colorTable(data[10]), start)], control, data[start:at], {0x3b}}}
				if control != nil {
					f.after = [...]disposal{keep, keep, clearAway, undo, keep, keep, keep, keep}[control[3]>>2&7]
				}
				if control = nil; !yield(f, nil) {
					return
				}
			default:
				at = 0
			}
			if at == 0 {
				yield(gifFrame{}, io.ErrUnexpectedEOF)
				return
			}
		}
	}
}

// colorTable is the bytes of a color table by the flags of what it belongs to.
func colorTable(flags byte) int {
	if flags&0x80 == 0 {
		return 0
	}
	return 3 << (1 + flags&7)
}

// skipBlocks is where the blocks that begin at a place end, 0 where they do not.
func skipBlocks(data []byte, at int) int {
	for at < len(data) {
		n := int(data[at])
		if at += 1 + n; n == 0 {
			return at
		}
	}
	return 0
}

// draw decodes the frame onto the canvas.
func (f gifFrame) draw(c *canvas) error {
	img, err := gif.Decode(bytes.NewReader(bytes.Join(f.parts, nil)))
	if err == nil {
		c.draw(img, img.Bounds(), true, f.after)
	}
	return err
}
