import { html } from 'hono/html';
import type { Query } from './filters.ts';
import { type Html, link } from './parts.ts';
import type { Viewer } from './viewer.ts';

export type Sheet = {
  title: string;
  body: Html;
  /** Absent on pages for people who have not signed in. */
  viewer?: Viewer;
  path?: string;
  narrow?: boolean;
  footer?: Html;
};

const NAVIGATION = [
  ['/', 'Overview'],
  ['/deliveries', 'Deliveries'],
  ['/attestations', 'Attestations'],
  ['/replays', 'Replays'],
] as const;

/** The frame of every page. */
export const layout = (sheet: Sheet): Html => html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${sheet.title} · Waybill</title>
<link rel="stylesheet" href="/page/style.css">
<link rel="icon" type="image/svg+xml" href="/page/icon.svg">
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header class="top">
<a class="name" href="/">Waybill</a>
${sheet.viewer ? navigation(sheet.viewer, sheet.path) : ''}
</header>
<main id="main" class="${sheet.narrow ? 'narrow' : ''}">
${sheet.viewer?.flash ? html`<p class="note" role="status">${sheet.viewer.flash}</p>` : ''}
${sheet.body}
${sheet.footer === undefined ? '' : html`<footer>${sheet.footer}</footer>`}
</main>
</body>
</html>`;

const navigation = (viewer: Viewer, path?: string): Html => html`<nav aria-label="Pages">${NAVIGATION.map(
  ([href, words]) => html`<a href="${href}" ${href === path ? html`aria-current="page"` : ''}>${words}</a> &nbsp; `,
)}</nav>
<form class="who inline" method="post" action="/session/end">${viewer.principal.name} (${viewer.principal.role}${
  viewer.visible ? html`, sees ${viewer.visible.join(' ')}` : ''
}) · <button class="link">sign out</button></form>`;

/** Says when the page was made and lets people stop it from moving; `kept` are the filters that stay. */
export const refreshFooter = (input: { still: boolean; seconds: number; at: Date; kept: Query; path?: string }): Html =>
  html`As of ${input.at.toISOString().slice(0, 19)}Z. ${
    input.still
      ? html`Stands still; <a href="${link(input.path ?? '/', input.kept)}">refresh every ${input.seconds} s</a>`
      : html`Refreshes every ${input.seconds} s; <a href="${link(input.path ?? '/', { ...input.kept, refresh: 'off' })}">stop</a>`
  }.`;

/** A small page that says one thing. */
export const notice = (title: string, words: string, viewer?: Viewer): Html =>
  layout({
    title,
    narrow: true,
    ...(viewer ? { viewer } : {}),
    body: html`<h1>${title}</h1><p>${words}</p>${viewer ? html`<p><a href="/">To the overview</a></p>` : ''}`,
  });
