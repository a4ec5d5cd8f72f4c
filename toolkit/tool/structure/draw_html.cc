#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tool/structure/draw.h"
#include "tool/structure/draw_internal.h"

namespace seam::structure {

namespace {

using nlohmann::ordered_json;

constexpr std::size_t kListedUses = 300;  // Of a pair and kind.
constexpr std::size_t kWorst = 5;

constexpr std::string_view kPageStyle = R"(
:root{color-scheme:light dark;--page:#fff;--text:#1c2733;--quiet:#5b6876;--line:#d5dce3;--panel:#f6f8fa;--mark:#d31f1f;--shade:#e7eef6;--focus:#1f6feb}
@media(prefers-color-scheme:dark){:root{--page:#11161c;--text:#e4eaf0;--quiet:#9aa7b4;--line:#303b46;--panel:#1a212a;--mark:#ff6b6b;--shade:#243141;--focus:#6cb0ff}}
*{box-sizing:border-box}
body{margin:0;padding:20px 24px 60px;background:var(--page);color:var(--text);font:15px/1.45 system-ui,-apple-system,"Segoe UI","Liberation Sans",Arial,sans-serif}
h1{font-size:22px;margin:0 0 12px}h2{font-size:16px;margin:26px 0 8px}
.glance{display:flex;flex-wrap:wrap;gap:10px}
.glance div{border:1px solid var(--line);border-radius:8px;padding:6px 14px;background:var(--panel)}
.glance b{font-size:20px;margin-right:5px}.glance .bad b{color:var(--mark)}
.choose{display:none;flex-wrap:wrap;gap:6px 18px;align-items:center;margin-top:16px}.js .choose{display:flex}
.choose input[type=search]{font:inherit;padding:4px 8px;width:190px;border:1px solid var(--line);border-radius:6px;background:var(--page);color:inherit}
.split{display:grid;grid-template-columns:minmax(0,1fr);gap:24px}
.js .split{grid-template-columns:minmax(0,1fr) minmax(260px,340px)}
@media(max-width:900px){.js .split{grid-template-columns:minmax(0,1fr)}}
.picture{overflow:auto;border:1px solid var(--line);border-radius:8px;margin-top:14px}
.picture svg{display:block;margin:0 auto;max-width:100%;height:auto}.picture.full svg{max-width:none}
aside{display:none;position:sticky;top:12px;align-self:start;max-height:calc(100vh - 24px);overflow:auto;border:1px solid var(--line);border-radius:8px;background:var(--panel);padding:12px 14px;margin-top:14px}
.js aside{display:block}
aside h2{margin:0 0 6px;overflow-wrap:anywhere}aside h3{font-size:13px;margin:12px 0 4px;color:var(--quiet);font-weight:600}
aside ul{list-style:none;margin:0;padding:0}aside li{font-size:12.5px;padding:3px 0;border-top:1px solid var(--line);overflow-wrap:anywhere}
code{font:12px ui-monospace,"SFMono-Regular",Menlo,Consolas,"Liberation Mono",monospace}
button{font:inherit;color:inherit;background:none;border:0;padding:0;cursor:pointer;text-align:left}
aside button,.worst button{text-decoration:underline;text-underline-offset:2px}
:focus-visible{outline:2px solid var(--focus);outline-offset:1px}
.wide{overflow-x:auto}
table{border-collapse:collapse;font-size:12.5px}
th,td{border:1px solid var(--line);padding:0}
thead th{vertical-align:bottom;font-weight:500;height:1px}thead span{writing-mode:vertical-rl;transform:rotate(180deg);padding:6px 4px;white-space:nowrap;max-height:180px;overflow:hidden;text-overflow:ellipsis;display:inline-block}
tbody th{font-weight:500;text-align:left;padding:2px 10px;white-space:nowrap}
td{min-width:28px;text-align:center}td button{display:block;width:100%;min-height:25px;padding:2px 5px;text-align:center}
td.self{background:var(--line)}td.circle{background:var(--shade)}td.back button{color:var(--mark);font-weight:700}
td button:hover,td.lit button{background:var(--focus);color:#fff}
.bad-text{color:var(--mark)}.quiet{color:var(--quiet)}ol,ul{padding-left:22px}li{margin:2px 0}
.structure [role=button]{cursor:pointer}.structure .grip{fill:none;stroke:transparent;stroke-width:9;pointer-events:stroke}
.structure :focus{outline:none}.structure .box:focus-visible rect{stroke:var(--focus);stroke-width:3}
.structure.some .pair:not(.lit),.structure.some .box:not(.lit),.structure.some [data-count]:not(.lit){opacity:.13}
.structure .pair.lit .strand,.structure .pair:hover .strand,.structure .pair:focus-visible .strand{stroke-width:3.4}
.no-include .of-include,.no-symbol .of-symbol,.no-table .of-table,.no-seam .of-seam,.no-event .of-event,.no-include .t-include,.no-symbol .t-symbol,.no-table .t-table,.no-seam .t-seam,.no-event .t-event{display:none}
.gone{visibility:hidden}
)";

// Nothing here builds markup from text: names of modules and files are only ever text.
constexpr std::string_view kPageScript = R"(
(function () {
  'use strict';
  var data = JSON.parse(document.getElementById('data').textContent);
  var root = document.body, svg = document.querySelector('svg.structure');
  var panel = document.querySelector('aside'), search = document.getElementById('search');
  var chosen = null;  // {pair: n} or {module: n}
  root.classList.add('js');
  function all(selector) { return Array.prototype.slice.call(document.querySelectorAll(selector)); }
  function make(tag, text) {
    var element = document.createElement(tag);
    if (text !== undefined) element.textContent = text;
    return element;
  }
  function shown(kind) { return !root.classList.contains('no-' + kind); }
  function usesOf(pair) {
    return data.pairs[pair].kinds.reduce(function (sum, kind) {
      return sum + (shown(kind.kind) ? kind.count : 0);
    }, 0);
  }
  function title(pair) {
    var one = data.pairs[pair];
    return data.modules[one.from] + ' \u2192 ' + data.modules[one.to];
  }
  function light(pairs, modules) {
    var some = pairs !== null;
    svg.classList.toggle('some', some);
    all('[data-pair],[data-count]').forEach(function (element) {
      var pair = +(element.dataset.pair || element.dataset.count);
      var holder = element.parentNode.tagName === 'TD' ? element.parentNode : element;
      holder.classList.toggle('lit', some && pairs.indexOf(pair) >= 0);
    });
    all('svg [data-module]').forEach(function (element) {
      element.classList.toggle('lit', some && modules.indexOf(+element.dataset.module) >= 0);
    });
  }
  function refresh() {
    var pairs = null, modules = [], wanted = search.value.trim().toLowerCase();
    if (chosen && chosen.pair !== undefined) {
      pairs = [chosen.pair];
      modules = [data.pairs[chosen.pair].from, data.pairs[chosen.pair].to];
    } else if (chosen || wanted) {
      var found = chosen ? [chosen.module] : data.modules.map(function (name, index) {
        return name.toLowerCase().indexOf(wanted) >= 0 ? index : -1;
      }).filter(function (index) { return index >= 0; });
      pairs = [];
      modules = found.slice();
      data.pairs.forEach(function (pair, index) {
        if (found.indexOf(pair.from) < 0 && found.indexOf(pair.to) < 0) return;
        if (usesOf(index) === 0) return;
        pairs.push(index);
        modules.push(pair.from, pair.to);
      });
    }
    light(pairs, modules);
  }
  function link(pair) {
    var item = make('li'), button = make('button', title(pair) + ' (' + usesOf(pair) + ')');
    button.addEventListener('click', function () { choose({pair: pair}); });
    item.appendChild(button);
    return item;
  }
  function list(heading, items) {
    if (items.length === 0) return;
    panel.appendChild(make('h3', heading));
    var rows = make('ul');
    items.forEach(function (item) { rows.appendChild(item); });
    panel.appendChild(rows);
  }
  function tell() {
    panel.textContent = '';
    if (!chosen) {
      panel.appendChild(make('h2', 'Uses'));
      panel.appendChild(make('p', 'Choose an edge, a cell or a module. Escape goes back.'));
      return;
    }
    if (chosen.pair !== undefined) {
      var pair = data.pairs[chosen.pair];
      panel.appendChild(make('h2', title(chosen.pair)));
      if (pair.cut) {
        var note = make('p', 'One of the cheapest edges to cut to be free of circles.');
        note.className = 'bad-text';
        panel.appendChild(note);
      }
      pair.kinds.forEach(function (kind) {
        if (!shown(kind.kind)) return;
        var items = kind.uses.map(function (use) {
          var item = make('li');
          item.appendChild(make('code', use[0]));
          item.appendChild(document.createTextNode(use[1]));
          return item;
        });
        if (kind.count > kind.uses.length) {
          items.push(make('li', 'and ' + (kind.count - kind.uses.length) +
                                ' more: seam graph --from ' + data.modules[pair.from] + ' --to ' +
                                data.modules[pair.to]));
        }
        list(kind.kind + ' ' + kind.count, items);
      });
      return;
    }
    panel.appendChild(make('h2', data.modules[chosen.module]));
    ['from', 'to'].forEach(function (end) {
      var pairs = data.pairs.map(function (pair, index) { return index; }).filter(function (index) {
        return data.pairs[index][end] === chosen.module && usesOf(index) > 0;
      });
      list(end === 'from' ? 'uses ' + pairs.length : 'is used by ' + pairs.length, pairs.map(link));
    });
  }
  function choose(what) {
    chosen = what;
    refresh();
    tell();
  }
  function recount() {
    all('td [data-pair]').forEach(function (button) {
      var uses = usesOf(+button.dataset.pair);
      button.textContent = uses;
      button.classList.toggle('gone', uses === 0);
    });
    all('svg .pair').forEach(function (pair) {
      pair.style.display = usesOf(+pair.dataset.pair) === 0 ? 'none' : '';
    });
    refresh();
    tell();
  }
  function picked(target) {
    var element = target.closest ? target.closest('[data-pair],[data-module]') : null;
    if (!element) return null;
    return element.dataset.pair !== undefined ? {pair: +element.dataset.pair}
                                              : {module: +element.dataset.module};
  }
  document.addEventListener('click', function (event) {
    var what = picked(event.target);
    if (what) choose(what);
    else if (event.target.closest('.picture')) choose(null);
  });
  document.addEventListener('keydown', function (event) {
    if (event.key === 'Escape') { search.value = ''; choose(null); }
    if (event.key !== 'Enter' && event.key !== ' ') return;
    if (event.target.tagName === 'BUTTON' || !svg.contains(event.target)) return;
    var what = picked(event.target);
    if (what) { event.preventDefault(); choose(what); }
  });
  document.addEventListener('mouseover', function (event) {
    if (chosen || search.value) return;
    var what = picked(event.target);
    if (what && what.pair !== undefined) {
      light([what.pair], [data.pairs[what.pair].from, data.pairs[what.pair].to]);
    } else if (what) {
      chosen = what; refresh(); chosen = null;
    } else {
      light(null, []);
    }
  });
  all('[data-kind]').forEach(function (box) {
    box.addEventListener('change', function () {
      root.classList.toggle('no-' + box.dataset.kind, !box.checked);
      recount();
    });
  });
  search.addEventListener('input', function () { chosen = null; refresh(); tell(); });
  document.getElementById('full').addEventListener('change', function (event) {
    document.querySelector('.picture').classList.toggle('full', event.target.checked);
  });
  tell();
})();
)";

std::string Card(std::size_t number, std::string_view one, bool bad = false) {
  const std::string text = Count(number, one);
  const std::size_t space = text.find(' ');
  return std::string("<div") + (bad ? " class=\"bad\"" : "") + "><b>" + text.substr(0, space) +
         "</b>" + text.substr(space + 1) + "</div>\n";
}

std::string Glance(const Outline& outline) {
  std::string text = "<div class=\"glance\">\n" + Card(outline.modules.size(), "module") +
                     Card(outline.pairs.size(), "edge");
  for (const EdgeKind kind : outline.kinds) {
    std::size_t edges = 0;
    for (const Pair& pair : outline.pairs) {
      edges += static_cast<std::size_t>(
          std::count_if(pair.edges.begin(), pair.edges.end(),
                        [&](const ModuleEdge& edge) { return edge.kind == kind; }));
    }
    const std::string_view names[] = {"by include", "by symbol", "by table", "through a seam",
                                      "by events"};
    text += "<div><b>" + std::to_string(edges) + "</b>";
    text.append(names[static_cast<std::size_t>(kind)]).append("</div>\n");
  }
  return text + Card(outline.circles.size(), "circle", !outline.circles.empty()) + "</div>\n";
}

std::string Choices(const Outline& outline) {
  std::string text =
      "<div class=\"choose\"><label>Module <input type=\"search\" id=\"search\"></label>\n";
  for (const EdgeKind kind : outline.kinds) {
    const std::string name(EdgeKindName(kind));
    text += "<label><input type=\"checkbox\" checked data-kind=\"" + name + "\"> " + name +
            "</label>\n";
  }
  return text + "<label><input type=\"checkbox\" id=\"full\"> full size</label></div>\n";
}

std::string MatrixTable(const Outline& outline) {
  std::string text =
      "<h2>Matrix</h2>\n<p class=\"quiet\">A row uses the columns, so many times. "
      "Shaded cells are within a circle; a red number leads back.</p>\n"
      "<div class=\"wide\"><table><thead><tr><td></td>";
  for (const std::string& module : outline.modules) {
    text += "<th scope=\"col\"><span>" + EscapeMarkup(module) + "</span></th>";
  }
  text += "</tr></thead><tbody>\n";
  std::map<std::pair<std::size_t, std::size_t>, std::size_t> pairs;
  for (std::size_t pair = 0; pair < outline.pairs.size(); ++pair) {
    pairs.emplace(std::make_pair(outline.pairs[pair].from, outline.pairs[pair].to), pair);
  }
  for (std::size_t from = 0; from < outline.modules.size(); ++from) {
    text += "<tr><th scope=\"row\"><button data-module=\"" + std::to_string(from) + "\">" +
            EscapeMarkup(outline.modules[from]) + "</button></th>";
    for (std::size_t to = 0; to < outline.modules.size(); ++to) {
      const bool together =
          outline.circle_of[from] && outline.circle_of[from] == outline.circle_of[to];
      const auto pair = pairs.find({from, to});
      std::string style = from == to ? "self" : together ? "circle" : "";
      if (pair != pairs.end() && outline.pairs[pair->second].cut) style += " back";
      text += style.empty() ? "<td>" : "<td class=\"" + style + "\">";
      if (pair != pairs.end()) {
        text += "<button data-pair=\"" + std::to_string(pair->second) + "\" aria-label=\"" +
                EscapeMarkup(PairName(outline, outline.pairs[pair->second])) + "\">" +
                std::to_string(outline.pairs[pair->second].uses) + "</button>";
      }
      text += "</td>";
    }
    text += "</tr>\n";
  }
  return text + "</tbody></table></div>\n";
}

// What is wrong with an edge, in words, and how grave it is; nothing with most.
struct Blame {
  std::size_t pair = 0;
  std::array<std::size_t, 5> grave{};
  std::string why{};
};

Blame BlameOf(const Outline& outline, std::size_t index) {
  const Pair& pair = outline.pairs[index];
  std::array<std::size_t, 4> tables{};
  std::size_t symbols = 0;
  for (const ModuleEdge& edge : pair.edges) {
    if (edge.kind == EdgeKind::kSymbol) symbols += edge.uses.size();
    for (const Edge& use : edge.uses) ++tables[static_cast<std::size_t>(Gravity(use))];
  }
  Blame blame{index, {tables[3], pair.cut ? 1U : 0U, tables[2], tables[1], symbols}, {}};
  const auto add = [&](const std::string& reason) {
    blame.why += (blame.why.empty() ? "" : ", ") + reason;
  };
  if (tables[3] > 0) add(Count(tables[3], "join or foreign key", "joins or foreign keys"));
  if (pair.cut) add("closes a circle");
  if (tables[2] > 0) add(Count(tables[2], "write to its tables", "writes to its tables"));
  if (tables[1] > 0) add(Count(tables[1], "read of its tables", "reads of its tables"));
  if (symbols > 0) add(Count(symbols, "symbol without an include", "symbols without an include"));
  return blame;
}

std::string Worst(const Outline& outline) {
  std::vector<Blame> blames;
  for (std::size_t pair = 0; pair < outline.pairs.size(); ++pair) {
    Blame blame = BlameOf(outline, pair);
    if (!blame.why.empty()) blames.push_back(std::move(blame));
  }
  std::stable_sort(blames.begin(), blames.end(),
                   [](const Blame& left, const Blame& right) { return left.grave > right.grave; });
  if (blames.empty()) return "";
  if (blames.size() > kWorst) blames.resize(kWorst);
  std::string text = "<div class=\"worst\"><h2>Look here first</h2>\n<ol>\n";
  for (const Blame& blame : blames) {
    const Pair& pair = outline.pairs[blame.pair];
    text += "<li><button data-pair=\"" + std::to_string(blame.pair) + "\">" +
            EscapeMarkup(outline.modules[pair.from]) + " → " +
            EscapeMarkup(outline.modules[pair.to]) + "</button>: " + blame.why +
            " <span class=\"quiet\">(" + EscapeMarkup(PlacesOf(pair, 1).front()) +
            ")</span></li>\n";
  }
  return text + "</ol></div>\n";
}

std::string CircleList(const Outline& outline) {
  if (outline.circles.empty()) return "";
  std::string text = "<h2>Circles</h2>\n<ul>\n";
  for (std::size_t circle = 0; circle < outline.circles.size(); ++circle) {
    text += "<li>";
    for (const std::size_t module : outline.circles[circle]) {
      if (module != outline.circles[circle].front()) text += ", ";
      text += EscapeMarkup(outline.modules[module]);
    }
    text += "<br>would be free of circles without:<ul class=\"worst\">";
    for (std::size_t index = 0; index < outline.pairs.size(); ++index) {
      const Pair& pair = outline.pairs[index];
      if (!pair.cut || outline.circle_of[pair.from] != circle) continue;
      text += "<li><button class=\"bad-text\" data-pair=\"" + std::to_string(index) + "\">" +
              EscapeMarkup(outline.modules[pair.from]) + " → " +
              EscapeMarkup(outline.modules[pair.to]) + "</button> (" +
              Count(static_cast<std::size_t>(pair.uses), "use") + ")</li>";
    }
    text += "</ul></li>\n";
  }
  text += "</ul>\n";
  return outline.exact_cut ? text : text + "<p>" + std::string(CutCaveat(outline)) + "</p>\n";
}

std::string UnseenList(const Outline& outline) {
  if (outline.unseen.empty()) return "";
  constexpr std::size_t kMost = 100;
  std::string text = "<h2>Not seen</h2>\n<details><summary>" +
                     Count(outline.unseen.size(), "thing") + "</summary><ul>\n";
  for (std::size_t at = 0; at < std::min(outline.unseen.size(), kMost); ++at) {
    text += "<li>" + EscapeMarkup(outline.unseen[at].what) + " <span class=\"quiet\">" +
            EscapeMarkup(outline.unseen[at].mend) + "</span></li>\n";
  }
  if (outline.unseen.size() > kMost) {
    text += "<li>and " + std::to_string(outline.unseen.size() - kMost) + " more</li>\n";
  }
  return text + "</ul></details>\n";
}

// What the script needs. It stands in an element of the page, which ends at the first "</".
std::string PageData(const Outline& outline) {
  ordered_json modules = ordered_json::array();
  for (const std::string& module : outline.modules) modules.push_back(Printable(module));
  ordered_json pairs = ordered_json::array();
  for (const Pair& pair : outline.pairs) {
    ordered_json kinds = ordered_json::array();
    for (const ModuleEdge& edge : pair.edges) {
      ordered_json uses = ordered_json::array();
      for (std::size_t at = 0; at < std::min(edge.uses.size(), kListedUses); ++at) {
        const std::string use = DescribeUse(edge.uses[at]);
        const Place& place = edge.uses[at].place;
        std::string where = Printable(place.file);
        if (place.line > 0) where += ':' + std::to_string(place.line);
        uses.push_back({where, use.substr(where.size())});
      }
      kinds.push_back({{"kind", EdgeKindName(edge.kind)},
                       {"count", edge.uses.size()},
                       {"uses", std::move(uses)}});
    }
    pairs.push_back(
        {{"from", pair.from}, {"to", pair.to}, {"cut", pair.cut}, {"kinds", std::move(kinds)}});
  }
  const ordered_json data = {{"modules", std::move(modules)}, {"pairs", std::move(pairs)}};
  std::string text;
  for (const char character : data.dump()) {
    if (character == '<') {
      text += "\\u003c";
    } else {
      text += character;
    }
  }
  return text;
}

}  // namespace

std::string DrawHtml(const Outline& outline) {
  std::string text =
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
      "<title>Who uses whom</title>\n<style>";
  text.append(kPageStyle).append(PictureStyle()).append("</style></head>\n<body>\n");
  text += "<h1>Who uses whom</h1>\n" + Glance(outline) + Choices(outline) +
          "<div class=\"split\"><main>\n<div class=\"picture\">" +
          PictureElement(outline, DrawOptions{}, true) + "</div>\n" + Worst(outline) +
          CircleList(outline) + MatrixTable(outline) + UnseenList(outline) +
          "</main>\n<aside aria-live=\"polite\"></aside></div>\n";
  text += "<script type=\"application/json\" id=\"data\">" + PageData(outline) + "</script>\n";
  text += "<script>";
  return text.append(kPageScript).append("</script>\n</body></html>\n");
}

}  // namespace seam::structure
