// What CloudFront does with a request for a page, before it looks for the file: the same as the local gateway.
// `infra.cloud.edge` puts the portal's files, its headers and its 404 page in place of the three names in capitals.
var files = FILES;
var headers = HEADERS;
var lost = LOST;

function answer(statusCode, statusDescription, more, body) {
  var all = {};
  for (var name in headers) all[name] = headers[name];
  for (var added in more) all[added] = { value: more[added] };
  var response = { statusCode: statusCode, statusDescription: statusDescription, headers: all };
  if (body) response.body = { encoding: "text", data: body };
  return response;
}

// A path with a broken escape (`/%zz`) is no page; an error here would become a 503 of CloudFront.
function decoded(uri) {
  try {
    return decodeURIComponent(uri);
  } catch (error) {
    return uri;
  }
}

function handler(event) {
  var request = event.request;
  var path = decoded(request.uri);
  var file = path.endsWith("/") ? path + "index.html" : path;
  if (files.indexOf(file) >= 0) {
    request.uri = file;
    return request;
  }
  if (files.indexOf(path + "/index.html") >= 0) {
    return answer(301, "Moved Permanently", { location: request.uri + "/" });
  }
  return answer(404, "Not Found", { "content-type": "text/html; charset=utf-8" }, lost);
}
