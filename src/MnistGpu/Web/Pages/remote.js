// The answers of the server that the page is from. A page that stands alone has alone.js in this file's place.

// What the network answers: { answer }, { wait } for the seconds after which to ask again, or { problem }.
export async function answerTo(request) {
  const headers = { 'Content-Type': request.type };
  const response = await fetch(request.url, { method: 'POST', headers, body: request.body });
  if (response.ok) {
    return { answer: await response.json() };
  }
  if (response.status === 429 || response.status === 503) {
    return { wait: Number(response.headers.get('Retry-After')) || 1 };
  }
  const problem = await response.json();
  const advice = problem.detail?.match(/to do: ([^;]*)/)?.[1];
  return { problem: advice ? `${problem.title}: ${advice}.` : `${problem.title}. ${problem.detail ?? ''}` };
}

// What there is to know of the network.
export const facts = async () => (await fetch('/api/model')).json();
