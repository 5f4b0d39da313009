package cli

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// choose chooses a value of a list.
func (b *tab) choose(id, value string) {
	b.t.Helper()
	js[any](b, fmt.Sprintf(`{ const c = document.getElementById(%q); c.value = %q; c.dispatchEvent(new Event("change")); null }`, id, value))
}

// A newcomer's three questions: what a latent does, which image is least like its reconstruction, a path from one digit to another,
// none of which needs a key or a word from elsewhere.
func TestExploreAnswers(t *testing.T) {
	browserPath(t)
	s, _ := exploredRun(t, "--latent", "12")
	b := openTab(t, "http://"+s.addr+"/", 1300, 850)
	b.until("points", "window.page && page.scatter.n === page.state.run?.images")
	b.until("a decoded image", decodedPixels+`.length > 300`)

	// what z7 does
	b.choose("order", "number")
	b.until("sliders by number", `[...document.querySelectorAll("#sliders label")].map(l => l.textContent.split(" ")[0]).join() === "z0,z1,z2,z3,z4,z5,z6,z7,z8,z9"`)
	b.do(chromedp.Click(chromedp.CSS(`[aria-label="show z7"]`)))
	b.until("a row of images", `document.querySelectorAll(".does canvas").length === 9`)
	b.do(chromedp.Click(chromedp.CSS(`[aria-label="show z5"]`)))
	b.until("another row", `document.querySelectorAll(".does canvas").length === 18`)
	b.picture("latent")
	js[any](b, `document.getElementById("z7").closest(".slider").querySelectorAll(".does button")[8].click()`)
	b.until("z7 as far as it goes", `page.state.z[7] > 2 && page.state.z.every((v, j) => j === 7 || v === 0)`)

	// the image least like its reconstruction
	b.choose("extreme", "mse")
	b.until("images in order", `document.querySelectorAll("#extremes img").length === 12`)
	worst := js[[]float64](b, `fetch("api/runs/0/values?of=mse").then(r => r.arrayBuffer()).then(b => { const v = new Float32Array(b), i = v.indexOf(Math.max(...v)); return [i, v[i]]; })`)
	js[any](b, `document.querySelector("#extremes img").click()`)
	b.until("the worst image", fmt.Sprintf("page.state.at === %d && page.state.image", int(worst[0])))
	if shown := js[float64](b, `Number(document.querySelector("#extremes figcaption").textContent)`); shown < worst[1]*0.99 || shown > worst[1]*1.01 {
		t.Errorf("the worst squared error is %g, and %g is shown", worst[1], shown)
	}

	// a path, by buttons alone
	for k, find := range []string{"4", "9"} {
		js[any](b, fmt.Sprintf(`{ const f = document.getElementById("find"); f.value = %q; f.dispatchEvent(new Event("input")); null }`, find))
		b.until("a digit "+find, fmt.Sprintf(`document.querySelector("#found button")?.textContent.endsWith(", %s")`, find))
		b.do(chromedp.Focus(chromedp.CSS("#find")), chromedp.KeyEvent("\r"))
		b.until("it, in the middle of the map", fmt.Sprintf(`page.state.at >= 0 && !document.getElementById("add").disabled && page.state.run.classes[page.scatter.values[page.state.at]] === %q`, find))
		b.do(chromedp.Click(chromedp.CSS("#add")))
		b.until("an end", fmt.Sprintf(`document.querySelectorAll(".end").length === %d`, k+1))
	}
	b.until("ends of two labels", `page.state.picked.map(i => page.state.run.classes[page.scatter.values[i]]).join() === "4,9"`)
	b.do(chromedp.Click(chromedp.CSS("#picture")))
	b.until("the path", `document.querySelector("#strip img")?.naturalWidth > 100`)
	b.clean()
}

// The map as an SVG has all points, and hidden ones not.
func TestExploreSavesAnSVG(t *testing.T) {
	browserPath(t)
	s, _ := exploredRun(t, "--latent", "2")
	b := openTab(t, "http://"+s.addr+"/", 1000, 700)
	b.until("labels", `window.page && page.scatter.n === page.state.run?.images && document.querySelectorAll("#legend button").length === 10`)
	js[any](b, `{ window.saved = []; const made = URL.createObjectURL; URL.createObjectURL = b => { saved.push(b); return made.call(URL, b); }; HTMLAnchorElement.prototype.click = () => {}; null }`)
	save := func() string {
		t.Helper()
		b.do(chromedp.Click(chromedp.CSS("#svg")))
		return js[string](b, `saved.at(-1).text()`)
	}
	whole := save()
	js[any](b, `document.querySelectorAll("#legend button")[3].click()`)
	part := save()
	threes := js[int](b, `page.scatter.values.filter(v => v === 3).length`)
	points := func(text string) int { return strings.Count(text, "h0") }
	if n := js[int](b, "page.scatter.n"); points(whole) != n || threes == 0 || points(part) != n-threes {
		t.Errorf("%d and %d points of %d, %d of them hidden", points(whole), points(part), n, threes)
	}
	for d := xml.NewDecoder(strings.NewReader(whole)); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	// one label alone, by the keyboard
	js[any](b, `document.querySelectorAll("#legend button")[0].focus()`)
	b.do(chromedp.KeyEvent("\u0301")) // arrow down
	if at := js[string](b, "document.activeElement.textContent"); !strings.HasSuffix(at, "1") {
		t.Errorf("an arrow goes from the first label to %q", at)
	}
	js[any](b, `document.activeElement.dispatchEvent(new MouseEvent("click", { shiftKey: true, bubbles: true }))`)
	if shown := js[int](b, `[...page.scatter.values].filter((_, i) => page.scatter.shown(i)).length`); shown != js[int](b, `page.scatter.values.filter(v => v === 1).length`) {
		t.Errorf("%d points are shown of the label alone", shown)
	}
	b.clean()
}

// While a run is trained the page tells what each latent carries, and draws the same z with each model.
func TestExploreTraining(t *testing.T) {
	browserPath(t)
	s, folder := exploredRun(t, "--latent", "4")
	b := openTab(t, "http://"+s.addr+"/", 1300, 850)
	b.until("the course of the training", `document.querySelectorAll("#carried canvas").length === 4 && document.querySelector("#carried canvas").width === 2`)
	b.until("samples", `document.getElementById("samples").naturalWidth > 100`)
	before := js[string](b, `document.getElementById("samples").src`)
	digest := js[string](b, "page.state.run.digest")
	trainOn(t, folder, 5)
	b.until("the new model", fmt.Sprintf("page.state.run.digest !== %q && page.state.run.epoch > 2", digest))
	b.until("its epochs", `document.querySelector("#carried canvas").width === 5`)
	b.until("its samples", fmt.Sprintf(`document.getElementById("samples").src.includes("/picture?") && document.getElementById("samples").src !== %q && document.getElementById("samples").naturalWidth > 100`, before))
	b.clean()
}

// Keys alone draw, and move the point as often as they are pressed.
func TestExploreKeys(t *testing.T) {
	browserPath(t)
	s, _ := exploredRun(t, "--latent", "2")
	b := openTab(t, "http://"+s.addr+"/", 1300, 850)
	b.until("points", "window.page && page.scatter.n === page.state.run?.images && page.scatter.cursor")
	time.Sleep(300 * time.Millisecond) // until z's place is known
	b.do(chromedp.Focus(chromedp.CSS("#canvas")))
	from := js[[]float64](b, "page.scatter.toScreen(...page.scatter.cursor)")
	for range 10 {
		b.do(chromedp.KeyEvent("\u0303"))
	}
	b.until("ten steps", fmt.Sprintf("Math.abs(page.scatter.toScreen(...page.scatter.cursor)[0] - %g - 20 * page.scatter.ratio) < 1", from[0]))
	b.do(chromedp.Focus(chromedp.CSS("#pad")), chromedp.KeyEvent(" "), chromedp.KeyEvent("\u0301"), chromedp.KeyEvent("\u0301"), chromedp.KeyEvent("\u0301"))
	b.until("a drawing", `page.scatter.drawing && document.querySelectorAll("#scores .bars b").length === 2`)
	b.clean()
}

// trainOn goes on with the training of a run.
func trainOn(t *testing.T, folder string, epochs int) {
	t.Helper()
	var out bytes.Buffer
	if code := Run(t.Context(), []string{"train", "--resume", folder, "--epochs", fmt.Sprint(epochs), "-q"}, streamsTo(&out, &out)); code != 0 {
		t.Fatalf("%d: %s", code, out.String())
	}
}

// A lasso takes the points in it, which are sought by cells of a grid, and no others: held to a test of each point, for polygons that
// cross themselves, cells and the edges of the map.
func TestExploreLassoIsExact(t *testing.T) {
	browserPath(t)
	s, _ := exploredRun(t, "--latent", "2")
	b := openTab(t, "http://"+s.addr+"/", 1000, 700)
	b.until("points", "window.page && page.scatter.n === page.state.run?.images && page.scatter.sized")
	got := js[[]int](b, `{
		const m = page.scatter, { width, height } = m.canvas;
		let seed = 7, wrong = 0, taken = 0;
		const uniform = () => (seed = (1664525 * seed + 1013904223) % 4294967296) / 4294967296;
		m.hidden.add(3);
		for (let round = 0; round < 60; round++) {
			const polygon = Array.from({ length: 3 + round % 9 }, () => [width * (1.4 * uniform() - 0.2), height * (1.4 * uniform() - 0.2)]), found = new Set(m.enclosed(polygon));
			const corners = polygon.map(p => m.toMap(...p));
			for (let i = 0; i < m.n; i++) {
				const x = m.places[2 * i], y = m.places[2 * i + 1];
				let inside = false;
				corners.forEach(([xa, ya], k) => {
					const [xb, yb] = corners.at(k - 1);
					if (ya > y !== yb > y && x < (xb - xa) * (y - ya) / (yb - ya) + xa) inside = !inside;
				});
				if ((inside && m.shown(i)) !== found.has(i)) wrong++;
			}
			taken += found.size;
		}
		m.hidden.clear();
		[wrong, taken];
	}`)
	if got[0] != 0 || got[1] < 1000 {
		t.Errorf("%d points of %d are wrongly in or out", got[0], got[1])
	}
	b.clean()
}
