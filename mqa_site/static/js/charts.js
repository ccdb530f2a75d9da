// Draws the charts of a page (accounts/charts.py) with Vega-Lite, as SVG. Colours are `var(--…)` and so follow the theme
// and paper by themselves. A table of the same rows stands beside or behind each: nothing is lost where nothing is drawn.
const drawn = new Map(); // figure → what ends its drawing

const config = () => {
  const font = getComputedStyle(document.body).fontFamily;
  const quiet = "var(--ink-3)";
  return {
    font,
    background: null,
    view: { stroke: null },
    axis: {
      labelColor: quiet, titleColor: quiet, labelFontSize: 11, titleFontSize: 11, titleFontWeight: 400,
      gridColor: "var(--line)", domainColor: "var(--line-strong)", tickColor: "var(--line-strong)", labelPadding: 6,
    },
    text: { fontSize: 11 },
  };
};

const draw = async (figure) => {
  if (drawn.has(figure)) return;
  drawn.set(figure, () => {});
  const place = figure.querySelector("[data-chart-place]");
  try {
    const spec = JSON.parse(figure.querySelector("template").content.textContent);
    const { finalize } = await globalThis.vegaEmbed(place, spec, {
      mode: "vega-lite", renderer: "svg", config: config(), actions: false,
      // Under the Content-Security-Policy: no code from strings, no style elements.
      ast: true, defaultStyle: false, tooltip: { disableDefaultStyle: true },
    });
    place.setAttribute("role", "img");
    place.setAttribute("aria-label", figure.dataset.chart);
    place.removeAttribute("aria-roledescription");
    // What it shows is the label of the whole; its rows are in the table.
    place.querySelector("svg").setAttribute("aria-hidden", "true");
    drawn.set(figure, finalize);
    figure.dataset.drawn = "";
  } catch (error) {
    figure.hidden = true; // the table says it all
    console.error(error);
  }
};

const drawAll = () => {
  for (const [figure, finalize] of drawn) {
    if (figure.isConnected) continue;
    finalize();
    drawn.delete(figure);
  }
  for (const figure of document.querySelectorAll("[data-chart]")) draw(figure);
};

drawAll();
document.addEventListener("htmx:afterSettle", drawAll);
