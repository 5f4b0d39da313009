package imagefile

import (
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"io"
	"math/bits"
)

// bitmap is what the headers of a BMP say. There are as many of them as versions
// of Windows and OS/2, told by their size.
type bitmap struct {
	w, h      int
	topDown   bool
	bits      int // of a pixel
	packed    uint32
	masks     [4]uint32 // of red, green, blue and alpha in a pixel of 16 or 32 bits
	palette   color.Palette
	pixels    []byte
	headerLen uint32
}

// How a BMP is packed.
const (
	bmpPlain = iota
	bmpRLE8
	bmpRLE4
	bmpMasks
	bmpAlphaMasks = 6
)

func bmpConfig(data []byte) (image.Config, error) {
	b, err := readBitmap(data)
	return image.Config{Width: b.w, Height: b.h}, err
}

// readBitmap reads the headers of a BMP, masks and palette.
func readBitmap(data []byte) (b bitmap, err error) {
	if len(data) < 26 {
		return b, io.ErrUnexpectedEOF
	}
	u16, u32 := binary.LittleEndian.Uint16, binary.LittleEndian.Uint32
	b.headerLen = u32(data[14:])
	if uint64(len(data)) < 14+uint64(b.headerLen) {
		return b, io.ErrUnexpectedEOF
	}
	colors := uint32(0)
	switch b.headerLen {
	case 12: // OS/2
		b.w, b.h, b.bits = int(u16(data[18:])), int(u16(data[20:])), int(u16(data[24:]))
	case 40, 52, 56, 64, 108, 124:
		b.w, b.h, b.bits = int(int32(u32(data[18:]))), int(int32(u32(data[22:]))), int(u16(data[28:]))
		b.packed, colors = u32(data[30:]), u32(data[46:])
	default:
		return b, fmt.Errorf("bmp: a header of %d bytes is not supported", b.headerLen)
	}
	if b.h < 0 {
		b.h, b.topDown = -b.h, true
	}
	if err := b.supported(); err != nil {
		return b, err
	}
	rest := b.readMasks(data)
	if b.bits <= 8 {
		if err := b.readPalette(rest, colors); err != nil {
			return b, err
		}
	}
	b.pixels = data[min(uint64(u32(data[10:])), uint64(len(data))):]
	return b, nil
}

// supported refuses what is not decoded.
func (b *bitmap) supported() error {
	known := b.packed == bmpPlain && (b.bits == 1 || b.bits == 2 || b.bits == 4 || b.bits == 8 || b.bits == 16 || b.bits == 24 || b.bits == 32) ||
		b.packed == bmpRLE8 && b.bits == 8 || b.packed == bmpRLE4 && b.bits == 4 ||
		(b.packed == bmpMasks || b.packed == bmpAlphaMasks) && (b.bits == 16 || b.bits == 32) && b.headerLen != 64
	if !known {
		return fmt.Errorf("bmp: %d bits a pixel with compression %d are not supported", b.bits, b.packed)
	}
	return nil
}

// readMasks finds where colors stand in a pixel of 16 or 32 bits, and returns
// what follows the headers.
func (b *bitmap) readMasks(data []byte) []byte {
	rest := data[14+b.headerLen:]
	if b.bits == 16 {
		b.masks = [4]uint32{0x7c00, 0x3e0, 0x1f, 0}
	} else {
		b.masks = [4]uint32{0xff0000, 0xff00, 0xff, 0}
	}
	masks, n := data[min(54, len(data)):], 0
	switch masked := b.packed == bmpMasks || b.packed == bmpAlphaMasks; {
	case masked && (b.headerLen >= 56 || b.packed == bmpAlphaMasks):
		n = 4
	case masked:
		n = 3
	case b.headerLen >= 56 && b.headerLen != 64 && b.bits == 32:
		b.masks[3] = binary.LittleEndian.Uint32(masks[12:])
	}
	for i := range min(n, len(masks)/4) {
		b.masks[i] = binary.LittleEndian.Uint32(masks[4*i:])
	}
	if b.headerLen == 40 {
		rest = rest[min(4*n, len(rest)):]
	}
	return rest
}

// readPalette reads the colors, as many as are used, 0 for all.
func (b *bitmap) readPalette(data []byte, used uint32) error {
	if used == 0 || used > 1<<b.bits {
		used = 1 << b.bits
	}
	size := 4
	if b.headerLen == 12 {
		size = 3
	}
	for ; used > 0; used-- {
		if len(data) < size {
			return io.ErrUnexpectedEOF
		}
		b.palette = append(b.palette, color.RGBA{data[2], data[1], data[0], 255})
		data = data[size:]
	}
	return nil
}

func decodeBMP(data []byte) (image.Image, error) {
	b, err := readBitmap(data)
	if err != nil {
		return nil, err
	}
	rect := image.Rect(0, 0, b.w, b.h)
	switch {
	case b.packed == bmpRLE8 || b.packed == bmpRLE4:
		img := image.NewPaletted(rect, b.palette)
		return img, (&bmpRuns{bitmap: &b, img: img, data: b.pixels}).unpack()
	case b.bits <= 8:
		img := image.NewPaletted(rect, b.palette)
		return img, b.rows(func(y int, row []byte) error { return b.indices(img.Pix[y*b.w:][:b.w], row) })
	default:
		img := image.NewNRGBA(rect)
		err := b.rows(func(y int, row []byte) error {
			b.colors(img.Pix[4*y*b.w:][:4*b.w], row)
			return nil
		})
		if b.masks[3] != 0 {
			mendAlpha(img)
		}
		return img, err
	}
}

// rows calls f with each row of an unpacked BMP. The last may lack its padding.
func (b *bitmap) rows(f func(y int, row []byte) error) error {
	stride, used := (b.bits*b.w+31)/32*4, (b.bits*b.w+7)/8
	if len(b.pixels) < stride*(b.h-1)+used {
		return io.ErrUnexpectedEOF
	}
	for i := range b.h {
		if err := f(b.line(i), b.pixels[i*stride:][:used]); err != nil {
			return err
		}
	}
	return nil
}

// line is where row i of the file stands in the image.
func (b *bitmap) line(i int) int {
	if b.topDown {
		return i
	}
	return b.h - 1 - i
}

// indices unpacks a row of pixels of 1, 2, 4 or 8 bits.
func (b *bitmap) indices(out, row []byte) error {
	perByte := 8 / b.bits
	for x := range out {
		out[x] = row[x/perByte] >> (8 - b.bits - x%perByte*b.bits) & (1<<b.bits - 1)
		if int(out[x]) >= len(b.palette) {
			return fmt.Errorf("bmp: a pixel has color %d of a palette of %d", out[x], len(b.palette))
		}
	}
	return nil
}

// colors unpacks a row of pixels of 16, 24 or 32 bits into red, green, blue and alpha.
func (b *bitmap) colors(out, row []byte) {
	size := b.bits / 8
	for x := range len(out) / 4 {
		var pixel uint32
		for i := range size {
			pixel |= uint32(row[x*size+i]) << (8 * i)
		}
		for c, mask := range b.masks {
			out[4*x+c] = masked(pixel, mask)
		}
		if b.masks[3] == 0 {
			out[4*x+3] = 255
		}
	}
}

// masked is what stands below a mask, 0 to 255.
func masked(pixel, mask uint32) uint8 {
	if mask == 0 {
		return 0
	}
	shift := bits.TrailingZeros32(mask)
	most := uint64(mask >> shift)
	return uint8(uint64(pixel&mask>>shift) * 255 / most)
}

// mendAlpha makes an image opaque whose alpha is 0 everywhere: many programs
// leave the byte empty.
func mendAlpha(img *image.NRGBA) {
	for i := 3; i < len(img.Pix); i += 4 {
		if img.Pix[i] != 0 {
			return
		}
	}
	for i := 3; i < len(img.Pix); i += 4 {
		img.Pix[i] = 255
	}
}
