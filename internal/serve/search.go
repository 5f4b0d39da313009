package serve

import (
	"context"
	"net/http"
	"path"
	"strconv"
	"strings"
)

const (
	mostSearched    = 200 // bytes of what is searched for
	mostFound       = 200 // images
	foundUsually    = 20
	searchedAtATime = 1 << 12 // images, before it is asked whether anybody waits
)

// found is an image that was searched for.
type found struct {
	Image int    `json:"image"`
	Name  string `json:"name"`
	Label string `json:"label"`
}

// How well a text fits, the best first.
const (
	fitsNumber    = iota // it is that of the image
	fitsWhole            // it is the name, that of the file within its folders, also without its ending, or the label
	fitsBeginning        // one of these begins with it
	fitsPart             // or holds it
	fitsNot
)

// answerSearch gives the images whose name or label holds a text, in whatever case: name=TEXT of up to 200 bytes, k=K of up to 200,
// 20 where none is said. A list of {image, name, label}, the best first: the image of that number, those that the text names whole, those that
// begin with it, those that hold it, each by their numbers.
func (r *opened) answerSearch(q *http.Request) (reply, error) {
	s, text := r.now(), q.URL.Query().Get("name")
	if text == "" || len(text) > mostSearched {
		return reply{}, faultf(http.StatusBadRequest, "name=%.20q: must be a text of 1 to %d bytes", text, mostSearched)
	}
	k, err := number(q, "k", foundUsually, 1, mostFound)
	if err != nil {
		return reply{}, err
	}
	all, err := took(q.Context(), r.light, func() ([]found, error) { return s.search(q.Context(), text, k) })
	if err != nil {
		return reply{}, err
	}
	return jsonReply(all)
}

// search finds the k images that a text fits best.
func (s *state) search(ctx context.Context, text string, k int) ([]found, error) {
	of, err := strconv.Atoi(text)
	if err != nil {
		of = -1
	}
	text = strings.ToLower(text)
	labels := make([]int, len(s.split.Set.Classes)) // how well it fits each
	for c, class := range s.split.Set.Classes {
		labels[c] = fit(strings.ToLower(class), text)
	}
	var byFit [fitsNot][]int
	for i := range s.split.Len() {
		if i%searchedAtATime == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		best := fitName(strings.ToLower(s.name(i)), text)
		if row := s.split.Index[i]; s.split.Set.Labels != nil && s.split.Set.Labels[row] >= 0 {
			best = min(best, labels[s.split.Set.Labels[row]])
		}
		if i == of {
			best = fitsNumber
		}
		if best < fitsNot && len(byFit[best]) < k {
			byFit[best] = append(byFit[best], i)
		}
	}
	all := []found{}
	for _, images := range byFit {
		for _, i := range images[:min(len(images), k-len(all))] {
			all = append(all, found{i, s.name(i), s.labelOf(i)})
		}
	}
	return all, nil
}

// fitName tells how well a text fits a name with slashes.
func fitName(name, text string) int {
	file := path.Base(name)
	best := min(fit(name, text), fit(file, text))
	if strings.TrimSuffix(file, path.Ext(file)) == text {
		best = fitsWhole
	}
	return best
}

func fit(word, text string) int {
	switch {
	case word == text:
		return fitsWhole
	case strings.HasPrefix(word, text):
		return fitsBeginning
	case strings.Contains(word, text):
		return fitsPart
	}
	return fitsNot
}
