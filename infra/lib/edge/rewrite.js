// A CloudFront Function (cloudfront-js-2.0): a page of the dashboard has an address of its own, and all are one file.
// It is attached to the dashboard only; that it leaves the API alone is said twice.
function handler(event) {
  const request = event.request;
  const uri = request.uri;
  const api = uri === '/v1' || uri.startsWith('/v1/') || uri === '/health';
  const file = uri.slice(uri.lastIndexOf('/') + 1).includes('.');
  if (!api && !file) request.uri = '/index.html';
  return request;
}
