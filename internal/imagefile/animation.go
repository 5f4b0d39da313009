package imagefile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"io"

	"golang.org/x/image/riff"
	"golang.org/x/image/webp"
)

// onCanvas lays the first frame of an animation on its canvas: what it leaves
// out is transparent.
func onCanvas(frame image.Image, at image.Rectangle, w, h int) image.Image {
	canvas := image.Rect(0, 0, w, h)
	if at == canvas {
		return frame
	}
	whole := image.NewNRGBA(canvas)
	draw.Draw(whole, at, frame, frame.Bounds().Min, draw.Src)
	return whole
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

// decodeWebP is a WebP image, or the first frame of an animation, which
// x/image/webp passes over: the frame's chunks are handed to it as a file.
func decodeWebP(data []byte) (image.Image, error) {
	const animated = 1 << 1
	if len(data) < 30 || string(data[12:16]) != "VP8X" || data[20]&animated == 0 {
		return readWebP(bytes.NewReader(data))
	}
	w, h := uint24(data[24:])+1, uint24(data[27:])+1
	frame, err := firstFrame(data)
	if err != nil {
		return nil, err
	}
	at := image.Rect(0, 0, uint24(frame[6:])+1, uint24(frame[9:])+1).Add(image.Pt(2*uint24(frame), 2*uint24(frame[3:])))
	if !at.In(image.Rect(0, 0, w, h)) {
		return nil, errors.New("webp: a frame beyond the canvas")
	}
	img, err := readWebP(asFile(frame))
	if err != nil {
		return nil, err
	}
	return onCanvas(img, at, w, h), nil
}

func readWebP(r io.Reader) (image.Image, error) {
	img, err := webp.Decode(r)
	if err != nil {
		return nil, err
	}
	return inVideoRange(img), nil
}

// frameHeader is the size of what an ANMF chunk holds before the frame's own
// chunks: offset, size, duration and flags, of 24, 24, 24, 24, 24 and 8 bits.
const frameHeader = 16

// firstFrame is the content of the first ANMF chunk, more than its header.
func firstFrame(data []byte) ([]byte, error) {
	_, chunks, err := riff.NewReader(bytes.NewReader(data))
	for err == nil {
		var id riff.FourCC
		var content io.Reader
		if id, _, content, err = chunks.Next(); err != nil || string(id[:]) != "ANMF" {
			continue
		}
		frame, err := io.ReadAll(content)
		if err == nil && len(frame) <= frameHeader+8 {
			err = io.ErrUnexpectedEOF
		}
		return frame, err
	}
	if err == io.EOF {
		err = errors.New("webp: an animation without a frame")
	}
	return nil, err
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

// videoRange shows the pixels of a lossy WebP in their own colors: its luma is
// 16 to 235 and its chroma 16 to 240 (ITU-R BT.601), which x/image/webp hands
// out as if they were a JPEG's, 0 to 255. It is image.YCbCr's geometry.
type videoRange struct {
	*image.YCbCr
	alpha *image.NYCbCrA // nil when it is opaque
}

// inVideoRange is an image of x/image/webp with the right colors.
func inVideoRange(img image.Image) image.Image {
	switch img := img.(type) {
	case *image.YCbCr:
		return videoRange{img, nil}
	case *image.NYCbCrA:
		return videoRange{&img.YCbCr, img}
	}
	return img
}

func (v videoRange) ColorModel() color.Model { return color.NRGBAModel }

func (v videoRange) At(x, y int) color.Color { return v.nrgbaAt(x, y) }

func (v videoRange) RGBA64At(x, y int) color.RGBA64 {
	r, g, b, a := v.nrgbaAt(x, y).RGBA()
	return color.RGBA64{R: uint16(r), G: uint16(g), B: uint16(b), A: uint16(a)}
}

func (v videoRange) nrgbaAt(x, y int) color.NRGBA {
	c, a := v.YCbCrAt(x, y), uint8(255)
	if v.alpha != nil {
		a = v.alpha.A[v.alpha.AOffset(x, y)]
	}
	// 1.164 (Y - 16) and the factors of Cr and Cb, times 2^16
	luma, cb, cr := 76309*(int(c.Y)-16), int(c.Cb)-128, int(c.Cr)-128
	return color.NRGBA{R: clamped(luma + 104597*cr), G: clamped(luma - 25675*cb - 53279*cr), B: clamped(luma + 132201*cb), A: a}
}

// clamped is n/2^16, rounded, as a byte.
func clamped(n int) uint8 { return uint8(min(max((n+1<<15)>>16, 0), 255)) }
