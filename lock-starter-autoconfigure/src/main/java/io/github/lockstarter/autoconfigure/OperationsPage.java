/*
 * Copyright 2026-present the original author or authors.
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *      https://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */

package io.github.lockstarter.autoconfigure;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.actuate.endpoint.EndpointId;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.web.PathMappedEndpoints;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;
import org.springframework.boot.actuate.endpoint.web.annotation.WebEndpoint;
import org.springframework.core.io.ByteArrayResource;
import org.springframework.core.io.ClassPathResource;
import org.springframework.core.io.Resource;
import org.springframework.util.MimeType;
import org.springframework.util.StringUtils;

/**
 * The page for operators. It has no data: its script fetches them from
 * {@link OperationsEndpoint}, where whoever looks must have access, too.
 */
@WebEndpoint(id = OperationsPage.ID)
class OperationsPage {

	static final String ID = "distributedscheduledpage";

	private static final String HTML = "text/html;charset=UTF-8";

	private static final String CSS = "text/css;charset=UTF-8";

	private static final String JAVASCRIPT = "text/javascript;charset=UTF-8";

	private static final Map<String, String> FILES = Map.of("page.css", CSS, "page.js", JAVASCRIPT);

	private final Supplier<@Nullable PathMappedEndpoints> endpoints;

	/**
	 * Create the page.
	 * @param endpoints where the endpoints are; {@code null} if that is not known
	 */
	OperationsPage(Supplier<@Nullable PathMappedEndpoints> endpoints) {
		this.endpoints = endpoints;
	}

	@ReadOperation(produces = HTML)
	WebEndpointResponse<Resource> page() throws IOException {
		String html = file("page.html").getContentAsString(StandardCharsets.UTF_8);
		String page = path(ID);
		String endpoint = "../".repeat(StringUtils.countOccurrencesOf(page, "/")) + path(OperationsEndpoint.ID);
		html = html.replace("{page}", escape(page.substring(page.lastIndexOf('/') + 1)))
			.replace("{endpoint}", escape(endpoint));
		return new WebEndpointResponse<>(new ByteArrayResource(html.getBytes(StandardCharsets.UTF_8)),
				MimeType.valueOf(HTML));
	}

	/**
	 * Answer with one of the files that the page needs.
	 */
	@ReadOperation(produces = { CSS, JAVASCRIPT })
	WebEndpointResponse<Resource> part(@Selector String file) {
		String type = FILES.get(file);
		return (type != null) ? new WebEndpointResponse<>(file(file), MimeType.valueOf(type))
				: new WebEndpointResponse<>(WebEndpointResponse.STATUS_NOT_FOUND);
	}

	/**
	 * Where an endpoint is below the base path: its id, unless it was mapped elsewhere.
	 * The links of the page are relative, so the base path and what is before it do not
	 * matter.
	 */
	private String path(String id) {
		return Optional.ofNullable(this.endpoints.get())
			.map((endpoints) -> endpoints.getRootPath(EndpointId.of(id)))
			.orElse(id);
	}

	private static ClassPathResource file(String name) {
		return new ClassPathResource(name, OperationsPage.class);
	}

	private static String escape(String value) {
		return value.replace("&", "&amp;").replace("\"", "&quot;").replace("<", "&lt;");
	}

}
