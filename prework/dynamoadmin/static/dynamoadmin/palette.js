// Control+K (or Command+K) opens the palette; it finds as one types, and arrows move among hits.
'use strict';
{
    const dialog = document.getElementById('palette');
    const link = document.getElementById('palette-link');
    const text = document.getElementById('palette-text');
    const hits = document.getElementById('palette-hits');
    let asked = 0;

    function open(event) {
        event.preventDefault();
        dialog.showModal();
        text.focus();
        text.select();
    }

    function show(found) {
        hits.replaceChildren(...found.map(hit => {
            const item = document.createElement('li');
            const anchor = document.createElement('a');
            anchor.href = hit.url;
            anchor.textContent = `${hit.label} (${hit.kind})`;
            item.append(anchor);
            return item;
        }));
    }

    async function find() {
        const number = ++asked;
        const url = new URL(link.href);
        url.searchParams.set('q', text.value.trim());
        const answer = await fetch(url, {headers: {Accept: 'application/json'}});
        const isOurs = answer.ok && answer.headers.get('Content-Type') === 'application/json';
        const found = isOurs ? (await answer.json()).hits : [];
        if (number === asked) {
            show(found);
        }
    }

    function move(event) {
        const step = {ArrowDown: 1, ArrowUp: -1}[event.key];
        if (step === undefined) {
            return;
        }
        event.preventDefault();
        const stops = [text, ...hits.querySelectorAll('a')];
        const next = stops[stops.indexOf(document.activeElement) + step];
        if (next) {
            next.focus();
        }
    }

    if (dialog && link) {
        let timer;
        link.addEventListener('click', open);
        document.addEventListener('keydown', event => {
            if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
                open(event);
            }
        });
        dialog.addEventListener('keydown', move);
        text.addEventListener('input', () => {
            clearTimeout(timer);
            timer = setTimeout(find, 150);
        });
    }
}
