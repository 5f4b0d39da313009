package cli

import (
	"bytes"
	"context"
	"image"
	"image/jpeg"
	"io"
	"runtime"
	"sync"

	"vae/internal/codec"
	"vae/internal/model"
	"vae/internal/vaez"
)

// The qualities that are measured, of the model and of JPEG.
var (
	modelQualities = []int{1, 10, 20, 30, 40, 50, 60, 80}
	jpegQualities  = []int{1, 5, 10, 20, 35, 50, 65, 80, 90}
)

// ratePoint is what a coder comes to at a quality.
type ratePoint struct {
	what    string
	quality float64
	bytes   float64 // an image
	error   float64 // squared, of a value of 0 to 1
	similar float64 // MS-SSIM; NaN where it was not measured
}

// measure compresses all images at each quality.
func (w *rating) measure(ctx context.Context) (points []ratePoint, err error) {
	for _, quality := range modelQualities {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		p, err := w.ofModel(ctx, float64(quality))
		if err != nil {
			return nil, err
		}
		points = append(points, p)
	}
	if w.levels != 256 {
		return points, nil
	}
	more, err := w.ofJPEG(ctx)
	return append(points, more...), err
}

func (w *rating) ofJPEG(ctx context.Context) (points []ratePoint, err error) {
	for _, quality := range jpegQualities {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		code := func(i int) (int, []uint16, error) { return w.jpeg(w.images[i].Values, quality) }
		p, err := w.ofEach(ratePoint{what: "JPEG", quality: float64(quality)}, code)
		if err != nil {
			return nil, err
		}
		points = append(points, p)
	}
	return points, nil
}

// ofModel compresses to a file in memory, and opens that.
func (w *rating) ofModel(ctx context.Context, quality float64) (p ratePoint, err error) {
	var file bytes.Buffer
	report, err := w.compress(ctx, &file, quality)
	if err != nil {
		return p, err
	}
	opened, err := w.open(ctx, &file)
	if err != nil {
		return p, err
	}
	p, err = w.ofEach(ratePoint{what: w.name(), quality: quality}, func(i int) (int, []uint16, error) { return 0, opened[i], nil })
	p.bytes = float64(report.Parts.Images) / float64(report.Images)
	return p, err
}

func (w *rating) compress(ctx context.Context, to io.Writer, quality float64) (report codec.Report, err error) {
	shape := w.model.Shape()
	head := vaez.Head{Width: shape.Width, Height: shape.Height, Channels: shape.Channels, Levels: w.levels, Classes: w.labels.index != nil, Lossy: true}
	out, err := codec.NewWriter(ctx, to, head, codec.Options{Model: w.model.Model, Samples: 1, Fast: w.fast, Lossy: &codec.Lossy{Quality: quality}})
	if err != nil {
		return report, err
	}
	for _, image := range w.images {
		if err := out.Add(image); err != nil {
			return report, err
		}
	}
	return out.Close()
}

// open is all images of a file.
func (w *rating) open(ctx context.Context, from io.Reader) (all [][]uint16, err error) {
	in, err := vaez.NewReader(from)
	if err != nil {
		return nil, err
	}
	r := codec.NewReader(ctx, in, func(*codec.Coding) (*model.Model, error) { return w.model.Model, nil })
	for {
		set, err := r.Next()
		if err == io.EOF {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		all = append(all, set.Values...)
	}
}

// ofEach is the mean over all images, each coded to so many bytes and opened again.
func (w *rating) ofEach(p ratePoint, code func(i int) (int, []uint16, error)) (ratePoint, error) {
	type result struct {
		bytes          int
		error, similar float64
		err            error
	}
	all := make([]result, len(w.images))
	var done sync.WaitGroup
	for worker := range runtime.GOMAXPROCS(0) {
		done.Go(func() {
			for i := worker; i < len(all); i += runtime.GOMAXPROCS(0) {
				r := &all[i]
				var opened []uint16
				if r.bytes, opened, r.err = code(i); r.err == nil {
					r.error, r.similar = w.compare(w.images[i].Values, opened)
				}
			}
		})
	}
	done.Wait()
	n := float64(len(all))
	for _, r := range all {
		if r.err != nil {
			return p, r.err
		}
		p.bytes += float64(r.bytes) / n
		p.error += r.error / n
		p.similar += r.similar / n
	}
	return p, nil
}

// compare is the mean squared error of a value, and MS-SSIM.
func (w *rating) compare(a, b []uint16) (mse, similar float64) {
	x, y := make([]float64, len(a)), make([]float64, len(b))
	for i := range a {
		x[i], y[i] = float64(a[i])/float64(w.levels-1), float64(b[i])/float64(w.levels-1)
		mse += (x[i] - y[i]) * (x[i] - y[i]) / float64(len(a))
	}
	return mse, w.similar.Of(x, y)
}

// jpeg is how many bytes an image takes as a JPEG, and what that shows.
func (w *rating) jpeg(values []uint16, quality int) (int, []uint16, error) {
	var file bytes.Buffer
	if err := jpeg.Encode(&file, w.picture(values), &jpeg.Options{Quality: quality}); err != nil {
		return 0, nil, err
	}
	size := file.Len()
	opened, err := jpeg.Decode(&file)
	if err != nil {
		return 0, nil, err
	}
	return size, w.valuesOf(opened), nil
}

// picture is an image of 256 levels, grey or of color.
func (w *rating) picture(values []uint16) image.Image {
	shape := w.model.Shape()
	bounds := image.Rect(0, 0, shape.Width, shape.Height)
	if shape.Channels == 1 {
		grey := image.NewGray(bounds)
		for i, v := range values {
			grey.Pix[i] = uint8(v)
		}
		return grey
	}
	color := image.NewRGBA(bounds)
	for i, v := range values {
		color.Pix[i/3*4+i%3], color.Pix[i/3*4+3] = uint8(v), 255
	}
	return color
}

func (w *rating) valuesOf(picture image.Image) (values []uint16) {
	shape := w.model.Shape()
	for y := range shape.Height {
		for x := range shape.Width {
			r, g, b, _ := picture.At(x, y).RGBA()
			for _, v := range []uint32{r, g, b}[:shape.Channels] {
				values = append(values, uint16(v>>8))
			}
		}
	}
	return values
}
