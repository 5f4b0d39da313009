package plot

import (
	"io"
	"math"

	"vae/internal/render"
	"vae/internal/render/draw"
)

// Sizes of captions.
const (
	captionLeast   = 12.0 // pixels per em in a film up to 336 wide
	captionMost    = 16.0 // and in one of 448 and more
	captionPart    = 28.0 // ems in the width of a film between
	captionHeight  = 1.8  // em of the line with what is around it
	captionMargin  = 0.5  // em before and behind it
	captionNarrow  = 140  // pixels that a narrow film is widened to for its captions, if they need it
	captionDropped = 1.25 // em from the picture to the baseline
)

// Captions is a film with a line of text below each of its pictures.
type Captions struct {
	Film   render.Film // of the pictures alone
	Texts  []string    // one for each frame
	Indent int         // pixels before a text; 0 for what suits a picture without a margin
}

// captionPlan is where pictures and texts stand.
type captionPlan struct {
	Captions
	em, margin    float64
	texts         []draw.Line
	x             int // of the left side of the picture
	width, height int // of both
}

func (c Captions) layout() captionPlan {
	p := captionPlan{Captions: c, em: min(max(captionLeast, float64(c.Film.Width)/captionPart), captionMost)}
	if p.margin = captionMargin * p.em; c.Indent > 0 {
		p.margin = float64(c.Indent)
	}
	longest := 0.0
	for _, text := range c.Texts {
		line := draw.NewLine(text)
		p.texts = append(p.texts, line)
		longest = max(longest, line.Width(p.em))
	}
	wanted := int(math.Ceil(longest + 2*p.margin))
	p.width = max(c.Film.Width, min(wanted, captionNarrow))
	p.x = (p.width - c.Film.Width) / 2
	p.height = c.Film.Height + int(math.Ceil(captionHeight*p.em))
	for i, line := range p.texts {
		p.texts[i] = line.ShortenMiddle(p.em, float64(p.width)-2*p.margin)
	}
	return p
}

// film is that of pictures with their captions.
func (p captionPlan) film() render.Film {
	f := p.Film
	f.Width, f.Height = p.width, p.height
	return f
}

// Validate reports why there is no such film. The error is one line.
func (c Captions) Validate() error {
	if err := c.Film.Validate(len(c.Texts)); err != nil {
		return err
	}
	return c.layout().film().Validate(len(c.Texts))
}

// GIF writes the film; picture fills dst with a picture without its caption, as [render.Film.GIF] says.
func (c Captions) GIF(w io.Writer, picture func(dst []uint8, frame int) error) error {
	if err := c.Validate(); err != nil {
		return err
	}
	p := c.layout()
	alone := make([]uint8, c.Film.Width*c.Film.Height*c.Film.Channels)
	return p.film().GIF(w, len(c.Texts), func(dst []uint8, frame int) error {
		if err := picture(alone, frame); err != nil {
			return err
		}
		return p.compose(dst, alone, frame)
	})
}

// compose puts a picture and the caption of its frame together.
func (p captionPlan) compose(dst, picture []uint8, frame int) error {
	channels := p.Film.Channels
	line, full := p.Film.Width*channels, p.width*channels
	for y := range p.Film.Height {
		row := dst[y*full : (y+1)*full]
		for i := range row {
			row[i] = 0xff
		}
		copy(row[p.x*channels:], picture[y*line:(y+1)*line])
	}
	below := draw.Page{Width: p.width, Height: p.height - p.Film.Height, Draw: func(c draw.Canvas) {
		c.Text(p.texts[frame], p.margin, captionDropped*p.em, draw.Style{Size: p.em, Color: galleryText})
	}}
	text, err := below.Image(channels)
	copy(dst[p.Film.Height*full:], text.Pixels)
	return err
}
