package serve

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

func TestSearch(t *testing.T) {
	r := newRun(t, nil)
	set := r.split.Set
	set.Classes, set.Names = []string{"Ankle boot", "bag"}, make([]string, testImages)
	for i := range set.Names {
		set.Names[i] = fmt.Sprintf("other/%03d-x.png", i)
	}
	set.Names[40], set.Names[41], set.Names[42], set.Names[43], set.Names[44] = "cats/Tom.png", "tom", "dogs/tomcat.png", "cats/atom.png", "dogs/a\"tom\"<b>.png"
	set.Labels[7] = -1
	p := newPage(t, r, nil)
	search := func(text string, more string) (images []int) {
		for _, f := range into[[]found](t, p.get("/api/runs/0/search?name="+url.QueryEscape(text)+more)) {
			if f.Name != set.Names[f.Image] || f.Label != set.Label(f.Image) {
				t.Errorf("%+v", f)
			}
			images = append(images, f.Image)
		}
		return images
	}
	var boots, bags []int
	for i := range testImages {
		if set.Labels[i] == 0 {
			boots = append(boots, i)
		} else if set.Labels[i] == 1 {
			bags = append(bags, i)
		}
	}
	for _, c := range []struct {
		text, more string
		want       []int
	}{
		{"TOM", "", []int{40, 41, 42, 43, 44}}, // whole, whole, the beginning, a part
		{"tom", "&k=2", []int{40, 41}},
		{"tom.png", "", []int{40, 43}},
		{"cats/", "", []int{40, 43}},
		{"ANKLE", "&k=3", boots[:3]},
		{"bag", "&k=200", bags},
		{"17", "", []int{17}},
		{"5", "&k=3", []int{5, 15, 25}}, // the number, then names
		{"-1", "", nil},
		{"60", "", nil},
		{"none such", "", nil},
		{"\xff\x00%", "", nil},
	} {
		if got := search(c.text, c.more); !slices.Equal(got, c.want) {
			t.Errorf("%q: %v, want %v", c.text, got, c.want)
		}
	}
	if n := len(search("x", "")); n != foundUsually {
		t.Errorf("%d usually", n)
	}
	if body := string(p.get("/api/runs/0/search?name=nothing")); body != "[]" {
		t.Errorf("nothing is %s", body)
	}
	for query, reason := range map[string]string{"": "a text of 1 to 200 bytes", "name=": "a text of", "name=" + strings.Repeat("a", 201): "a text of", "name=a&k=0": "from 1 to 200", "name=a&k=201": "from 1 to 200"} {
		p.refused("GET", "/api/runs/0/search?"+query, nil, http.StatusBadRequest, reason)
	}
}

// An image without a name is found by its number, as it is written or not.
func TestSearchOfNumbers(t *testing.T) {
	p := newPage(t, newRun(t, nil), nil)
	if got := string(p.get("/api/runs/0/search?name=00012")); got != `[{"image":12,"name":"00012","label":"a"}]` {
		t.Error(got)
	}
	if got := into[[]found](t, p.get("/api/runs/0/search?name=12&k=1")); len(got) != 1 || got[0].Image != 12 {
		t.Errorf("%+v", got)
	}
}
