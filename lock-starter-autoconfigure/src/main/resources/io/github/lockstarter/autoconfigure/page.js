/*
 * The page of the jobs. What others have named comes into the document as text only: elements are made by el() and
 * svg(), and nothing here parses HTML.
 */
'use strict';

(() => {

	const ENDPOINT = document.documentElement.dataset.endpoint;
	const PAUSE = 2000;
	const PATIENCE = 15000;
	const BAD_NEWS = 60000;
	const SECOND = 1000;
	const MINUTE = 60 * SECOND;
	const HOUR = 60 * MINUTE;
	const DAY = 24 * HOUR;

	const RESULTS = {
		RUNNING: { kind: 'busy', mark: '▶', word: 'running' },
		SUCCEEDED: { kind: 'good', mark: '✓', word: 'succeeded' },
		FAILED: { kind: 'bad', mark: '!', word: 'failed' },
		TIMED_OUT: { kind: 'warn', mark: '!', word: 'timed out' },
		LOCK_LOST: { kind: 'bad', mark: '✕', word: 'lock lost' },
		CRASHED: { kind: 'bad', mark: '✕', word: 'crashed' },
		SERVER_GONE: { kind: 'bad', mark: '✕', word: 'server gone' }
	};

	const STATES = {
		SERVER_GONE: { kind: 'bad', mark: '✕', word: 'server gone' },
		RUNNING: { kind: 'busy', mark: '▶', word: 'running' },
		PAUSED: { kind: 'warn', mark: '‖', word: 'paused' },
		OVERDUE: { kind: 'bad', mark: '!', word: 'overdue' },
		LOST: { kind: 'bad', mark: '✕', word: 'lost' },
		FAILING: { kind: 'bad', mark: '!', word: 'failing' },
		IDLE: { kind: 'plain', mark: '○', word: 'idle' }
	};

	const SERVERS = {
		UP: { kind: 'good', mark: '✓', word: 'up' },
		DRAINING: { kind: 'warn', mark: '‖', word: 'draining' },
		STOPPED: { kind: 'plain', mark: '○', word: 'stopped' },
		GONE: { kind: 'bad', mark: '✕', word: 'gone' }
	};

	const SERVER_WORDS = {
		STOPPED: 'It has said that it ends.',
		GONE: 'It has not been heard of, and has not said that it ends: it was killed, or is cut off.'
	};

	const REASONS = {
		ALREADY_RAN: 'The tick was started before, here or on another server.',
		SUPERSEDED: 'A newer tick had been started already.',
		NOT_DUE: 'The next run was not due yet.',
		STILL_RUNNING: 'The previous run had not ended.',
		LOCK_REFUSED: 'Another server won the race for the lock.',
		HELD: 'The last run asked for more time until the next one.',
		CRASHED: 'Every server that ran the tick died or lost its lock.',
		CLOCK_AHEAD: 'The clock of the server is too far ahead of Redis’s.',
		REDIS_UNAVAILABLE: 'Redis could not be asked in time.',
		INTERNAL_ERROR: 'The server failed while it asked for the lock: its log says why.',
		IN_TRANSACTION: 'A transaction was open around the fire; the log of the server says more.',
		CLOSING: 'The server was shutting down.',
		PAUSED: 'The job was paused.',
		DRAINING: 'The server takes no more ticks.'
	};

	const TRIGGERS = { SCHEDULE: 'schedule', MANUAL: 'by hand', RERUN: 'again after a crash', CATCH_UP: 'missed tick' };

	let overview = null;
	let report = null;
	// When the overview was here, on a clock that nobody sets
	let seenAt = 0;
	let failure = null;
	let failedSince = null;
	let selected = null;
	let saidUntil = 0;
	let asking = null;
	// Whether whoever looks may steer, which only an answer tells: null as long as there is none
	let maySteer = null;
	const refusedActions = new Set();

	const byId = (id) => document.getElementById(id);

	// ---- Elements ----

	function make(element, attributes, children) {
		for (const [name, value] of Object.entries(attributes || {})) {
			if (value !== null && value !== undefined && value !== false) {
				element.setAttribute(name, value === true ? '' : String(value));
			}
		}
		for (const child of children.flat(Infinity)) {
			if (child !== null && child !== undefined && child !== false) {
				element.append(child instanceof Node ? child : document.createTextNode(String(child)));
			}
		}
		return element;
	}

	function el(name, attributes, ...children) {
		return make(document.createElement(name), attributes, children);
	}

	function svg(name, attributes, ...children) {
		return make(document.createElementNS('http://www.w3.org/2000/svg', name), attributes, children);
	}

	/*
	 * Makes the children what is wanted, and keeps the elements that are there: the focus and what is selected stay.
	 */
	function show(parent, ...wanted) {
		const nodes = wanted.flat(Infinity).filter((node) => node);
		const keyed = new Map();
		for (const child of parent.children) {
			if (child.dataset.key) {
				keyed.set(child.dataset.key, child);
			}
		}
		let place = parent.firstChild;
		for (const node of nodes) {
			const key = node.dataset && node.dataset.key;
			const match = key ? keyed.get(key) : place;
			if (match && match.nodeName === node.nodeName && (key || !(match.dataset && match.dataset.key))) {
				if (match === place) {
					place = place.nextSibling;
				}
				else {
					parent.insertBefore(match, place);
				}
				adopt(match, node);
			}
			else {
				parent.insertBefore(node, place);
			}
		}
		while (place) {
			const next = place.nextSibling;
			place.remove();
			place = next;
		}
	}

	function adopt(old, wanted) {
		if (old.nodeType === Node.TEXT_NODE) {
			if (old.data !== wanted.data) {
				old.data = wanted.data;
			}
			return;
		}
		for (const { name } of [...old.attributes]) {
			if (!wanted.hasAttribute(name)) {
				old.removeAttribute(name);
			}
		}
		for (const { name, value } of wanted.attributes) {
			if (old.getAttribute(name) !== value) {
				old.setAttribute(name, value);
			}
		}
		show(old, [...wanted.childNodes]);
	}

	function text(element, value) {
		if (element.textContent !== value) {
			element.textContent = value;
		}
	}

	// ---- Words ----

	/* What time it is on Redis, whatever this browser's clock says. */
	function now() {
		return Date.parse(overview.at) + performance.now() - seenAt;
	}

	function lasting(millis) {
		const ms = Math.max(0, Math.round(millis));
		if (ms < SECOND) {
			return `${ms} ms`;
		}
		if (ms < 10 * SECOND) {
			return `${(ms / SECOND).toFixed(1)} s`;
		}
		if (ms < MINUTE) {
			return `${Math.round(ms / SECOND)} s`;
		}
		const [big, small, bigName, smallName] = ms < HOUR ? [MINUTE, SECOND, 'min', 's']
			: ms < 2 * DAY ? [HOUR, MINUTE, 'h', 'min'] : [DAY, HOUR, 'd', 'h'];
		const rest = Math.floor((ms % big) / small);
		return `${Math.floor(ms / big)} ${bigName}${rest ? ` ${rest} ${smallName}` : ''}`;
	}

	function distance(millis) {
		const ms = Math.abs(millis);
		const words = ms < MINUTE ? `${Math.round(ms / SECOND)} s` : ms < HOUR ? `${Math.round(ms / MINUTE)} min`
			: ms < 2 * DAY ? `${Math.round(ms / HOUR)} h` : `${Math.round(ms / DAY)} days`;
		return ms < SECOND / 2 ? 'now' : millis < 0 ? `in ${words}` : `${words} ago`;
	}

	const pad = (number, length = 2) => String(number).padStart(length, '0');

	function clock(time, withSeconds = true) {
		const date = new Date(time);
		return `${pad(date.getHours())}:${pad(date.getMinutes())}${withSeconds ? `:${pad(date.getSeconds())}` : ''}`;
	}

	function day(time) {
		const date = new Date(time);
		return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
	}

	function zoneOf(time) {
		const offset = -new Date(time).getTimezoneOffset();
		return offset === 0 ? 'UTC'
			: `${offset < 0 ? '-' : '+'}${pad(Math.floor(Math.abs(offset) / 60))}:${pad(Math.abs(offset) % 60)}`;
	}

	function exact(time) {
		return `${day(time)} ${clock(time)}.${pad(new Date(time).getMilliseconds(), 3)} ${zoneOf(time)}`;
	}

	function ago(instant, none = '–') {
		if (!instant) {
			return el('span', { class: 'muted' }, none);
		}
		const time = Date.parse(instant);
		return el('time', { datetime: instant, title: exact(time) }, distance(now() - time));
	}

	function at(instant, none = '–') {
		if (!instant) {
			return el('span', { class: 'muted' }, none);
		}
		const time = Date.parse(instant);
		const today = day(time) === day(now());
		return el('time', { datetime: instant, title: exact(time) }, today ? '' : `${day(time)} `, `${clock(time)} ${zoneOf(time)}`);
	}

	function tag(kinds, value) {
		const kind = kinds[value] || { kind: 'plain', mark: '?', word: String(value) };
		return el('span', { class: `tag ${kind.kind}`, 'data-mark': kind.mark }, kind.word);
	}

	function duration(run) {
		if (run.ended) {
			return lasting(Date.parse(run.ended) - Date.parse(run.started));
		}
		return run.result === 'RUNNING' ? lasting(now() - Date.parse(run.started)) : 'no end';
	}

	function reason(value) {
		return el('span', { title: REASONS[value] || null }, value);
	}

	const sum = (skips) => skips.reduce((total, skip) => total + skip.count, 0);

	// ---- Tables ----

	/* Roles are said because a phone shows rows as blocks, and some browsers then forget that they are rows. */
	function table(name, columns, rows, empty) {
		if (rows.length === 0) {
			return el('p', { class: 'muted' }, empty);
		}
		return el('table', { class: 'rows', role: 'table', 'aria-label': name },
			el('thead', { role: 'rowgroup' }, el('tr', { role: 'row' }, columns.map((column) =>
				el('th', { role: 'columnheader', scope: 'col', class: column.number ? 'number' : null },
					column.name || el('span', { class: 'visually-hidden' }, column.hidden))))),
			el('tbody', { role: 'rowgroup' }, rows.map((row) =>
				el('tr', { role: 'row', 'data-key': row.key }, row.cells.map((cell, index) => {
					const column = columns[index];
					const contents = el('div', { class: column.buttons ? 'buttons' : null }, cell);
					if (index === 0) {
						return el('th', { role: 'rowheader', scope: 'row' }, contents);
					}
					const classes = [column.number ? 'number' : '', contents.childNodes.length ? '' : 'none'].join(' ').trim();
					return el('td', { role: 'cell', 'data-label': column.name || '', class: classes || null }, contents);
				})))));
	}

	/* On a line of its own; the space is for those who hear the text, or copy it. */
	const small = (...children) => [' ', el('span', { class: 'small muted' }, children)];

	function button(action, job, words) {
		return el('button', { type: 'button', 'data-do': action, 'data-job': job,
			'aria-label': job ? `${words}: ${job}` : null }, words);
	}

	// In a frame of somebody else a click may not be what it seems
	const offered = () => overview.writes && window.top === window;

	const writes = () => offered() && maySteer === true;

	const may = (action) => writes() && !refusedActions.has(action);

	function jobButtons(job) {
		const other = job.paused ? 'resume' : 'pause';
		return [
			may('run') && job.runnableHere && button('run', job.name, 'Run now'),
			may(other) && button(other, job.name, job.paused ? 'Resume' : 'Pause')
		];
	}

	function scheduleOf(job) {
		return job.schedule ? el('span', { class: 'mono' }, job.schedule)
			: el('span', { class: 'muted' }, job.method ? 'called by code' : 'work of code');
	}

	function stateOf(job) {
		const run = job.running;
		return [tag(STATES, job.state),
			run && small('on ', run.server),
			run && (job.state === 'SERVER_GONE' ? small('lock until ', at(job.lockedUntil, 'somebody releases it'))
				: small('for ', duration(run))),
			job.overdueSince && small('since ', at(job.overdueSince)),
			job.paused && job.state !== 'PAUSED' && small('paused')];
	}

	function lastOf(job) {
		return job.last ? [tag(RESULTS, job.last.result), small(ago(job.last.started), ', took ', duration(job.last)),
			small('on ', job.last.server)]
			: el('span', { class: 'muted' }, 'never');
	}

	function skipsOf(job) {
		const byReason = {};
		for (const skip of job.skips) {
			byReason[skip.reason] = (byReason[skip.reason] || 0) + skip.count;
		}
		const words = Object.entries(byReason).map(([name, count]) => `${name} ${count}`).join(', ');
		return el('span', { title: `ticks that servers did not run, each since it started${words ? `: ${words}` : ''}` }, sum(job.skips));
	}

	function jobsTable() {
		const columns = [{ name: 'Job' }, { name: 'Schedule' }, { name: 'State' }, { name: 'Last run' },
			{ name: 'Last success' }, { name: 'Next' }, { name: 'Failed in a row', number: true },
			{ name: 'Skipped since start', number: true }];
		if (writes()) {
			columns.push({ hidden: 'Steer', buttons: true });
		}
		return table('Jobs', columns, overview.jobs.map((job) => ({
			key: `job ${job.name}`,
			cells: [
				[el('button', { type: 'button', class: 'link', 'data-do': 'open', 'data-job': job.name,
					'aria-expanded': String(selected === job.name), 'aria-controls': 'detail' }, job.name),
				job.group && small('group ', job.group)],
				scheduleOf(job),
				stateOf(job),
				lastOf(job),
				ago(job.lastSuccess, 'not known'),
				job.paused ? el('span', { class: 'muted' }, 'paused') : ago(job.next),
				el('span', { title: 'runs without a success since the last success' }, job.consecutiveFailures),
				skipsOf(job)
			].concat(writes() ? [jobButtons(job)] : [])
		})), 'No server knows a job.');
	}

	function serversTable() {
		const columns = [{ name: 'Server' }, { name: 'State' }, { name: 'Host' }, { name: 'Version' }, { name: 'Started' },
			{ name: 'Last seen' }, { name: 'Clock', number: true }, { name: 'Jobs' }];
		if (writes()) {
			columns.push({ hidden: 'Steer', buttons: true });
		}
		return table('Servers', columns, overview.servers.map((server) => {
			const here = server.id === overview.server;
			const offset = server.clockOffsetMillis;
			return {
				key: `server ${server.id}`,
				cells: [
					[server.id, here && small('this page is from here')],
					el('span', { title: SERVER_WORDS[server.state] || null }, tag(SERVERS, server.state)),
					server.host,
					server.version || el('span', { class: 'muted' }, '–'),
					ago(server.started),
					ago(server.lastSeen),
					offset === undefined || offset === null ? el('span', { class: 'muted' }, '–')
						: el('span', { class: 'when', title: 'ahead of Redis’s clock; negative: behind' },
							`${offset > 0 ? '+' : offset < 0 ? '−' : '±'}${lasting(Math.abs(offset))}`),
					el('span', { title: server.jobs.join('\n') }, server.jobs.length)
				].concat(writes() ? [here && [server.state === 'DRAINING' ? may('undrain') && button('undrain', null, 'Take ticks again')
					: may('drain') && button('drain', null, 'Drain')]] : [])
			};
		}), 'No server has told of itself yet.');
	}

	// ---- One job ----

	function fact(name, ...value) {
		return el('div', null, el('dt', null, name), el('dd', null, value));
	}

	function detail() {
		const section = byId('detail');
		section.hidden = selected === null;
		if (selected === null) {
			return;
		}
		text(byId('detail-title'), selected);
		if (!report || report.name !== selected) {
			show(byId('detail-body'), el('p', { class: 'muted' }, report && report.error ? report.error : 'Loading'));
			return;
		}
		const refusals = overview.refusals.filter((refusal) => refusal.job === selected);
		show(byId('detail-body'),
			el('dl', { class: 'facts' },
				fact('State', stateOf(report)),
				fact('Schedule', scheduleOf(report)),
				report.method && fact('Method', el('span', { class: 'mono' }, report.method)),
				report.group && fact('Group', report.group),
				fact('Next', report.paused ? 'paused' : ago(report.next)),
				fact('Last success', ago(report.lastSuccess, 'not known')),
				fact('Failures in a row', report.consecutiveFailures)),
			writes() && el('p', { class: 'buttons detail-buttons' }, jobButtons(report),
				may('release') && button('release', report.name, 'Release lock')),
			el('h3', null, `Runs (${report.runs.length})`),
			el('div', { class: 'scroll', 'data-key': 'runs' }, table('Runs', [{ name: 'Tick' }, { name: 'Result' }, { name: 'Server' },
				{ name: 'Started' }, { name: 'Took' }, { name: 'By' }, { name: 'Token' }], allRuns(report).map((run) => ({
				key: `run ${run.token}`,
				cells: [at(run.tick), [tag(RESULTS, resultOf(report, run)), run.failure && small(run.failure)], run.server,
					ago(run.started), duration({ ...run, result: resultOf(report, run) }), TRIGGERS[run.trigger] || run.trigger, el('span', { class: 'mono' }, run.token)]
			})), 'It has not run yet, or nobody remembers.')),
			el('h3', null, `Ticks not run, by server and reason, since each server started (${sum(report.skips)})`),
			el('div', { class: 'scroll', 'data-key': 'skips' }, table('Skips', [{ name: 'Reason' }, { name: 'Server' }, { name: 'Count', number: true },
				{ name: 'Last tick' }, { name: 'At' }, { name: 'Who ran' }, { name: 'Why' }], report.skips.map((skip) => ({
				key: `skip ${skip.server} ${skip.reason}`,
				cells: [skip.reason, skip.server, skip.count, at(skip.tick), ago(skip.at), skip.holder || '–',
					[REASONS[skip.reason], skip.detail && small(skip.detail)]]
			})), 'No tick of it was left out.')),
			refusals.length > 0 && [el('h3', null, `The last of them (${refusals.length})`),
				el('div', { class: 'scroll', 'data-key': 'refusals' }, table('Refusals', [{ name: 'At' }, { name: 'Server' }, { name: 'Tick' },
					{ name: 'Reason' }], refusals.map((refusal) => ({
					cells: [ago(refusal.at), refusal.server, at(refusal.tick), reason(refusal.reason)]
				})), ''))]);
	}

	/* A run that has not ended is no healthy one if its server is gone. */
	const resultOf = (job, run) => run.result === 'RUNNING' && job.state === 'SERVER_GONE' ? 'SERVER_GONE' : run.result;

	/* The run that is going on may be in the history, or not. */
	function allRuns(job) {
		const runs = report && report.name === job.name ? report.runs : job.runs;
		const running = job.running && !runs.some((run) => run.token === job.running.token) ? [job.running] : [];
		return running.concat(runs);
	}

	// ---- The timeline ----

	const ROW = 18;
	const GAP = 3;
	const MOST_ROWS = 6;
	const SPANS = [15, 30, 45, 60, 90, 120, 180, 300, 600, 900, 1800, 3600, 7200, 21600, 43200, 86400, 172800, 604800].map((seconds) => seconds * SECOND);
	const STEPS = [5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400].map((seconds) => seconds * SECOND);

	function events() {
		const only = byId('only').value;
		const jobs = overview.jobs.filter((job) => only === '' || `job ${job.name}` === only);
		const runs = jobs.flatMap((job) => allRuns(job).map((run) => ({ ...run, result: resultOf(job, run), job: job.name, from: Date.parse(run.started),
			to: run.ended ? Date.parse(run.ended) : run.result === 'RUNNING' ? now() : Date.parse(run.started) })));
		const refusals = overview.refusals.filter((refusal) => only === '' || `job ${refusal.job}` === only)
			.map((refusal) => ({ ...refusal, from: Date.parse(refusal.at) }));
		return { runs, refusals };
	}

	/* The shortest span that shows two dozen runs, or all there are. */
	function span(runs) {
		const chosen = Number(byId('span').value) * SECOND;
		if (chosen) {
			return chosen;
		}
		const ages = runs.map((run) => now() - run.from).sort((one, other) => one - other);
		const wanted = ages.length ? ages[Math.min(ages.length, 24) - 1] : 0;
		return SPANS.find((length) => length >= wanted) || SPANS[SPANS.length - 1];
	}

	function timeline() {
		const { runs, refusals } = events();
		const place = byId('timeline');
		const width = Math.max(260, place.clientWidth);
		const length = span(runs);
		const end = now() + length * 0.02;
		const begin = end - length * 1.02;
		const x = (time) => (time - begin) / (end - begin) * width;
		const shown = runs.filter((run) => run.to >= begin);
		const refused = refusals.filter((refusal) => refusal.from >= begin);
		const known = new Map(overview.servers.map((server) => [server.id, server]));
		// Each restart of a server has a new name: those that are not known any more share a lane, the last
		const laneOf = (event) => known.has(event.server) ? event.server : '';
		const up = overview.servers.filter((server) => server.state === 'UP' || server.state === 'DRAINING');
		const names = [...new Set([...up.map((server) => server.id), ...shown.map(laneOf), ...refused.map(laneOf)])];
		names.sort((one, other) => one === '' ? 1 : other === '' ? -1 : one < other ? -1 : one > other ? 1 : 0);
		const lanes = [];
		let y = 4;
		for (const name of names) {
			const lane = drawLane(known.get(name), name, y, width, x, shown.filter((run) => laneOf(run) === name),
				refused.filter((refusal) => laneOf(refusal) === name));
			lanes.push(lane.drawing);
			y += lane.height;
		}
		if (names.length === 0) {
			show(place, el('p', { class: 'muted' }, 'Nothing has happened yet.'));
		}
		else {
			show(place, svg('svg', { height: y + 18, viewBox: `0 0 ${width} ${y + 18}`, role: 'img', 'aria-label':
				`${shown.length} runs and ${refused.length} refusals on ${names.length} servers in the last ${lasting(length)}. The same is in the table below.` },
			hatch(), axis(begin, end, width, y, x, length), lanes));
		}
		show(byId('timeline-table'), timelineTable(runs, refusals));
	}

	function hatch() {
		return svg('defs', null, svg('pattern', { id: 'hatch', width: 6, height: 6, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)' },
			svg('rect', { width: 6, height: 6, class: 'bad', opacity: 0.35 }), svg('rect', { width: 3, height: 6, class: 'bad' })));
	}

	function axis(begin, end, width, height, x, length) {
		const step = STEPS.find((candidate) => width / (length / candidate) >= 76) || STEPS[STEPS.length - 1];
		const zone = new Date(end).getTimezoneOffset() * MINUTE;
		const marks = [];
		for (let time = Math.ceil((begin - zone) / step) * step + zone; time < end; time += step) {
			const from = x(time);
			marks.push(svg('line', { class: 'grid', x1: from, x2: from, y1: 0, y2: height }));
			if (from > 72 && from < width - 56) {
				marks.push(svg('text', { class: 'axis', x: from, y: height + 14, 'text-anchor': 'middle' },
					step >= DAY ? day(time) : clock(time, step < MINUTE)));
			}
		}
		const present = x(now());
		return svg('g', { 'aria-hidden': 'true' }, marks, svg('text', { class: 'axis', x: 0, y: height + 14 }, zoneOf(end)),
			svg('line', { class: 'now', x1: present, x2: present, y1: 0, y2: height }),
			svg('text', { class: 'axis', x: width, y: height + 14, 'text-anchor': 'end' }, 'now'));
	}

	function drawLane(server, name, top, width, x, runs, refusals) {
		const rows = [];
		const bars = [];
		const laneTop = top + 20;
		for (const run of [...runs].sort((one, other) => one.from - other.from)) {
			const from = Math.max(0, x(run.from));
			const least = run.result === 'SUCCEEDED' || run.result === 'RUNNING' ? 4 : run.result === 'CRASHED' ? 20 : 14;
			// What is too short to be seen grows to the left at the right edge
			const barWidth = Math.max(least, x(run.to) - from);
			const left = Math.min(from, width - barWidth);
			let row = rows.findIndex((taken) => taken + 1 <= left);
			if (row < 0) {
				row = Math.min(rows.length, MOST_ROWS - 1);
			}
			rows[row] = left + barWidth;
			bars.push(drawBar(run, left, laneTop + 5 + row * (ROW + GAP), barWidth));
		}
		const height = 5 + Math.max(1, rows.length) * (ROW + GAP) + 14;
		const soft = !server ? '' : [server.id === overview.server ? 'this server' : null,
			server.state === 'UP' ? null : SERVERS[server.state] && SERVERS[server.state].word].filter((word) => word).join(', ');
		return {
			height: height + 30,
			drawing: svg('g', { 'data-key': `lane ${name}` },
				svg('text', { class: 'name', x: 0, y: top + 12 }, name || 'Earlier servers',
					soft && [' ', svg('tspan', { class: 'soft', 'font-weight': 400, dx: 4 }, soft)]),
				svg('rect', { class: 'lane', x: 0, y: laneTop, width, height, rx: 6, 'fill-opacity': 0.7 }),
				bars, drawRefusals(refusals, x, laneTop + height - 8))
		};
	}

	function drawBar(run, left, top, width) {
		const result = RESULTS[run.result] || RESULTS.FAILED;
		const lost = run.result === 'CRASHED' || run.result === 'LOCK_LOST' || run.result === 'SERVER_GONE';
		const mark = run.result === 'SUCCEEDED' || run.result === 'RUNNING' ? '' : result.mark;
		const words = [mark, run.job].join(' ').trim();
		const fits = width > words.length * 6.4 + 12;
		return svg('g', { 'data-key': `${run.job} ${run.token}` },
			svg('title', null, `${run.job}: ${result.word}, ${duration(run)}\n${exact(run.from)}\non ${run.server}, token ${run.token}${run.failure ? `\n${run.failure}` : ''}`),
			svg('rect', { class: lost ? 'lost' : result.kind, fill: lost ? 'url(#hatch)' : null, x: left, y: top, width, height: ROW, rx: Math.min(4, width / 2) }),
			lost ? svg('path', { class: 'cross', d: `M${left + width - 13} ${top + 5}l8 8m0 -8l-8 8` }) : null,
			!lost && (fits || mark) ? svg('text', { class: 'in-bar', x: left + 5, y: top + 13 }, fits ? words : mark) : null);
	}

	function drawRefusals(refusals, x, y) {
		const near = new Map();
		for (const refusal of refusals) {
			const spot = Math.round(x(refusal.from) / 9);
			near.set(spot, (near.get(spot) || []).concat(refusal));
		}
		return [...near].map(([spot, all]) => svg('g', { 'data-key': `refused ${spot}` },
			svg('title', null, all.slice(0, 8).map((refusal) => `${refusal.job}: refused, ${refusal.reason}, ${exact(refusal.from)}`).join('\n')
				+ (all.length > 8 ? `\nand ${all.length - 8} more` : '')),
			svg('circle', { class: 'refused', cx: spot * 9, cy: y, r: 3.2 })));
	}

	function timelineTable(runs, refusals) {
		const all = runs.map((run) => ({ from: run.from, cells: [at(run.started), run.server, run.job, tag(RESULTS, run.result), duration(run)] }))
			.concat(refusals.map((refusal) => ({ from: refusal.from, cells: [at(refusal.at), refusal.server, refusal.job,
				['refused: ', reason(refusal.reason)], []] })));
		all.sort((one, other) => other.from - one.from);
		return table('Runs and refusals', [{ name: 'Time' }, { name: 'Server' }, { name: 'Job' }, { name: 'What' }, { name: 'Took' }],
			all.slice(0, 100), 'Nothing has happened yet.');
	}

	function legend() {
		const box = (attributes, ...more) => svg('svg', { viewBox: '0 0 18 12', 'aria-hidden': 'true' },
			svg('rect', { x: 0, y: 0, width: 18, height: 12, rx: 3, ...attributes }), more);
		const item = (picture, words) => el('li', null, picture, words);
		show(byId('legend'),
			item(box({ class: 'good' }), 'succeeded'),
			item(box({ class: 'busy' }), 'running'),
			item(box({ class: 'bad' }, svg('text', { class: 'in-bar', x: 7, y: 10 }, '!')), 'failed'),
			item(box({ class: 'warn' }, svg('text', { class: 'in-bar', x: 7, y: 10 }, '!')), 'timed out'),
			item(box({ fill: 'url(#hatch)' }, svg('path', { class: 'cross', d: 'M6 3l6 6m0 -6l-6 6' })), 'lock lost, crashed or server gone'),
			item(svg('svg', { viewBox: '0 0 18 12', 'aria-hidden': 'true' }, svg('circle', { class: 'refused', cx: 9, cy: 6, r: 3.5 })), 'refused: another server ran it, or nobody'));
	}

	function choices() {
		const select = byId('only');
		if (document.activeElement !== select) {
			const value = select.value;
			show(select, el('option', { value: '' }, 'all jobs'),
				overview.jobs.map((job) => el('option', { value: `job ${job.name}` }, job.name)));
			select.value = value;
			if (select.selectedIndex < 0) {
				select.value = '';
			}
		}
	}

	// ---- The whole page ----

	function render() {
		live();
		if (!overview) {
			return;
		}
		text(byId('where'), `Namespace ${overview.namespace}, seen from server ${overview.server}. Times are in ${zoneName()}.`);
		text(byId('rights'), offered() && maySteer === false ? 'You may look, not steer.' : '');
		document.title = `Scheduled jobs of ${overview.namespace}`;
		const warnings = byId('warnings');
		warnings.hidden = overview.warnings.length === 0;
		show(warnings, overview.warnings.map((warning) => el('p', { class: 'notice' }, warning)));
		choices();
		timeline();
		show(byId('jobs'), jobsTable());
		detail();
		show(byId('servers'), serversTable());
	}

	function zoneName() {
		const name = Intl.DateTimeFormat().resolvedOptions().timeZone;
		const offset = zoneOf(now());
		return name && name !== offset ? `${name} (${offset})` : offset;
	}

	function live() {
		const element = byId('live');
		const trouble = byId('trouble');
		element.dataset.state = failure ? 'stale' : overview ? 'live' : 'waiting';
		text(element, failure ? 'Not live' : overview ? 'Live' : 'Loading');
		trouble.hidden = !failure;
		if (failure) {
			text(trouble, `${failure}${overview ? ` Since ${clock(failedSince)} ${zoneOf(failedSince)}; what you see is from before.` : ''}`);
		}
		// Only what is new is said aloud
		text(byId('heard'), failure ? failure : failedSince ? 'The page is live again.' : '');
		if (saidUntil && performance.now() > saidUntil) {
			say('');
		}
	}

	function say(words, kind) {
		byId('answer').className = words ? `answer notice ${kind}` : 'answer';
		byId('unsay').hidden = !words;
		text(byId('said'), words);
		saidUntil = words ? performance.now() + (kind === 'bad' ? BAD_NEWS : PATIENCE) : 0;
	}

	// ---- Talking to the server ----

	class Trouble extends Error {
		constructor(message, status, body) {
			super(message);
			this.status = status;
			this.body = body || {};
		}
	}

	async function ask(url, options) {
		let response;
		try {
			response = await fetch(url, { cache: 'no-store', credentials: 'same-origin', signal: AbortSignal.timeout(PATIENCE), ...options });
		}
		catch (ex) {
			throw new Trouble('The server cannot be reached.', 0);
		}
		let body = null;
		try {
			body = await response.json();
		}
		catch (ex) {
			// What is no JSON is the answer of something in between, such as a page for signing in
		}
		if (response.ok && body) {
			return body;
		}
		if (body && body.error && response.status !== 401 && response.status !== 403) {
			throw new Trouble(body.status ? `The server answers ${response.status}: ${body.error}.` : body.error, response.status, body);
		}
		throw new Trouble(response.ok || response.status === 401 ? 'The server wants you to sign in.'
			: response.status === 403 ? 'You may not do that (403).' : `The server answers ${response.status}.`, response.status);
	}

	const get = (url) => ask(url, { headers: { Accept: 'application/json' } });

	async function look() {
		try {
			const job = selected;
			const [all, one] = await Promise.all([get(ENDPOINT), job === null ? null
				: get(`${ENDPOINT}?job=${encodeURIComponent(job)}`).catch((ex) => ({ error: ex.message }))]);
			overview = all;
			seenAt = performance.now();
			if (job === selected) {
				report = one;
			}
			if (failure) {
				// Perhaps somebody else has signed in
				maySteer = null;
			}
			failure = null;
			if (maySteer === null && offered()) {
				await askRights();
			}
		}
		catch (ex) {
			failedSince = failure ? failedSince : Date.now();
			failure = ex.message;
		}
		render();
	}

	let timer = null;
	let looking = false;
	let again = false;

	async function watch() {
		clearTimeout(timer);
		again = looking;
		if (looking || document.hidden) {
			return;
		}
		looking = true;
		await look();
		looking = false;
		timer = setTimeout(watch, again ? 0 : PAUSE);
	}

	function send(action, body) {
		const headers = { Accept: 'application/json', 'Content-Type': 'application/json' };
		const token = document.cookie.split('; ').find((cookie) => cookie.startsWith('XSRF-TOKEN='));
		if (token) {
			headers['X-XSRF-TOKEN'] = decodeURIComponent(token.substring('XSRF-TOKEN='.length));
		}
		return ask(`${ENDPOINT}/${action}`, { method: 'POST', headers, body: JSON.stringify(body) });
	}

	/* What a viewer may not do is not offered. Other trouble says nothing about that. */
	async function askRights() {
		try {
			await send('check', {});
			maySteer = true;
			refusedActions.clear();
		}
		catch (ex) {
			maySteer = ex.status === 401 || ex.status === 403 ? false : null;
		}
	}

	// ---- Steering ----

	const ACTIONS = {
		run: (job) => ({ title: 'Run it now?', words: `${job} runs on ${overview.server}, whatever its schedule says.`, yes: 'Run now' }),
		pause: (job) => ({ title: 'Pause it?', words: `No tick of ${job} is run on any server until it is resumed. A run that is going on is not stopped.`, yes: 'Pause' }),
		resume: (job) => ({ title: 'Resume it?', words: `${job} runs again from its next tick on. The ticks since the pause are not made up for.`, yes: 'Resume' }),
		release: (job) => ({ title: 'Release its lock?', words: `Frees the lock of ${job} if whoever holds it is gone.`, yes: 'Release' }),
		drain: () => ({ title: 'Drain this server?', words: `${overview.server} takes no more ticks, others do. What runs goes on.`, yes: 'Drain' }),
		undrain: () => ({ title: 'Take ticks again?', words: `${overview.server} takes ticks again.`, yes: 'Take ticks' })
	};

	function confirmed({ title, words, yes, danger }) {
		const dialog = byId('ask');
		text(byId('ask-title'), title);
		text(byId('ask-text'), words);
		text(byId('ask-yes'), yes);
		byId('ask-yes').className = danger ? 'danger' : 'primary';
		dialog.returnValue = '';
		dialog.showModal();
		return new Promise((resolve) => {
			asking = resolve;
		});
	}

	byId('ask').addEventListener('close', () => {
		if (asking) {
			asking(byId('ask').returnValue === 'yes');
			asking = null;
		}
	});

	async function steer(action, job) {
		if (!await confirmed(ACTIONS[action](job))) {
			return;
		}
		const body = job ? { job } : {};
		try {
			say((await send(action, body)).result, 'good');
		}
		catch (ex) {
			if (action === 'release' && ex.status === 409) {
				await force(job, ex);
			}
			else {
				failed(action, ex);
			}
		}
		watch();
	}

	function failed(action, ex) {
		if (ex.status === 403) {
			refusedActions.add(action);
		}
		say(ex.message, 'bad');
	}

	async function force(job, refused) {
		if (!await confirmed({ title: 'Take the lock away?', danger: true, yes: 'Take it away',
			words: `${refused.message} If you take it away, that run loses its lock, and the job may run twice at once.` })) {
			return;
		}
		try {
			say((await send('release', { job, force: true })).result, 'good');
		}
		catch (ex) {
			failed('release', ex);
		}
	}

	function choose(job) {
		selected = job;
		report = null;
		render();
		watch();
	}

	function fromAddress() {
		const hash = window.location.hash;
		let job = null;
		if (hash.startsWith('#job=')) {
			try {
				job = decodeURIComponent(hash.substring(5));
			}
			catch (ex) {
				// Not an address of this page
			}
		}
		if (job !== selected) {
			choose(job);
		}
	}

	document.addEventListener('click', (event) => {
		const target = event.target instanceof Element && event.target.closest('[data-do]');
		if (!target) {
			return;
		}
		const action = target.dataset.do;
		if (action === 'open') {
			window.location.hash = `#job=${encodeURIComponent(target.dataset.job)}`;
			choose(target.dataset.job);
			byId('detail-title').focus({ preventScroll: true });
			byId('detail').scrollIntoView({ block: 'start' });
		}
		else if (action === 'close') {
			const back = [...document.querySelectorAll('[data-do="open"]')].find((link) => link.dataset.job === selected);
			window.history.replaceState(null, '', window.location.pathname + window.location.search);
			choose(null);
			if (back) {
				back.focus();
			}
		}
		else if (action === 'cancel' || action === 'confirm') {
			byId('ask').close(action === 'confirm' ? 'yes' : '');
		}
		else if (action === 'unsay') {
			say('');
		}
		else {
			steer(action, target.dataset.job);
		}
	});

	for (const id of ['only', 'span']) {
		byId(id).addEventListener('change', () => overview && render());
	}
	document.addEventListener('visibilitychange', watch);
	window.addEventListener('hashchange', fromAddress);
	window.addEventListener('resize', () => overview && timeline());

	legend();
	fromAddress();
	watch();

})();
