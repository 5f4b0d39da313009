package imagefile

import (
	"fmt"
	"image"
	"image/color"

	"vae/internal/tiff"
)

// readTIFF reads pages, each of a size and kind of its own.
func readTIFF(j *job) (int, error) {
	f, err := tiff.Open(j.data)
	if err != nil {
		return 0, err
	}
	if j.o.All && f.Rest != nil {
		return f.Len(), f.Rest
	}
	n := f.Len()
	for i := range n {
		if i > 0 && !j.o.All {
			break
		}
		if err := j.readPage(f, i); err != nil && n > 1 {
			return n, fmt.Errorf("page %d: %w", i+1, err)
		} else if err != nil {
			return n, err
		}
	}
	return n, nil
}

func (j *job) readPage(f *tiff.File, i int) error {
	p, err := f.Page(i)
	if err != nil {
		return err
	}
	if err := j.begin(p.Width, p.Height); err != nil {
		return err
	}
	r, err := p.Decode(decodeJPEG)
	if err != nil {
		return err
	}
	return j.give(i, upright(fromRaster(r, j.o.Channels), p.Orientation))
}

// fromRaster is a page of a TIFF with the channels that are asked for.
func fromRaster(r *tiff.Raster, channels int) Image {
	colors := [...]int{tiff.Grey: 1, tiff.RGB: 3, tiff.CMYK: 4}[r.Model]
	rect := image.Rect(0, 0, r.Width, r.Height)
	switch {
	case r.Palette != nil:
		p := &image.Paletted{Pix: r.U8, Stride: r.Width, Rect: rect}
		for _, c := range r.Palette {
			p.Palette = append(p.Palette, color.RGBA64{R: c[0], G: c[1], B: c[2], A: 65535})
		}
		return convert(p, channels)
	case r.Alpha || r.Model == tiff.CMYK:
		return convert(mixed{r, colors}, channels)
	}
	img := Image{Width: r.Width, Height: r.Height, Channels: colors, Low: r.Low, High: r.High}
	img.U8, img.U16, img.F32 = firstOf(r.U8, r.Samples, colors), firstOf(r.U16, r.Samples, colors), firstOf(r.F32, r.Samples, colors)
	return img.InChannels(channels)
}

// firstOf keeps the first colors of the samples of each pixel.
func firstOf[T any](samples []T, have, colors int) []T {
	if have == colors {
		return samples
	}
	kept := samples[:0]
	for i := 0; i < len(samples); i += have {
		kept = append(kept, samples[i:i+colors]...)
	}
	return kept
}

// mixed is a page of 8 or 16 bits whose samples have to be mixed: inks, or alpha.
type mixed struct {
	*tiff.Raster
	colors int // samples of a pixel, alpha apart
}

func (m mixed) Bounds() image.Rectangle { return image.Rect(0, 0, m.Width, m.Height) }

func (m mixed) ColorModel() color.Model { return color.RGBA64Model }

// Opaque reports that no pixel is transparent.
func (m mixed) Opaque() bool {
	for i := m.Samples - 1; m.Alpha && i < m.Width*m.Height*m.Samples; i += m.Samples {
		if m.sample(i) != 65535 {
			return false
		}
	}
	return true
}

func (m mixed) At(x, y int) color.Color { return m.RGBA64At(x, y) }

func (m mixed) RGBA64At(x, y int) color.RGBA64 {
	at := (y*m.Width + x) * m.Samples
	r, g, b := m.sample(at), uint32(0), uint32(0)
	switch m.Model {
	case tiff.Grey:
		g, b = r, r
	default:
		g, b = m.sample(at+1), m.sample(at+2)
	}
	if m.Model == tiff.CMYK {
		white := 65535 - m.sample(at+3)
		r, g, b = (65535-r)*white/65535, (65535-g)*white/65535, (65535-b)*white/65535
	}
	a := uint32(65535)
	if m.Alpha {
		a = m.sample(at + m.colors)
	}
	if m.Alpha && !m.Premultiplied {
		r, g, b = r*a/65535, g*a/65535, b*a/65535
	}
	return color.RGBA64{R: uint16(r), G: uint16(g), B: uint16(b), A: uint16(a)}
}

// sample is sample i in 16 bits.
func (m mixed) sample(i int) uint32 {
	if m.U8 != nil {
		return uint32(m.U8[i]) * 0x101
	}
	return uint32(m.U16[i])
}
